"use strict";
(() => {
  const root = document.documentElement;
  const query = document.getElementById("query");
  const theme = document.getElementById("theme");
  const found = document.getElementById("found");
  const searched = [...document.querySelectorAll("[data-searched]")];
  const groups = [...document.querySelectorAll(".group")];
  const details = [...document.querySelectorAll("details.interaction")];

  for (const one of document.querySelectorAll(".tools, .buttons")) one.hidden = false;

  // Pages from files cannot always store anything.
  const stored = {
    read() { try { return localStorage.getItem("pypact-theme") || ""; } catch { return ""; } },
    write(value) { try { localStorage.setItem("pypact-theme", value); } catch { /* not kept */ } },
  };
  const applyTheme = (value) => {
    if (value) root.dataset.theme = value; else delete root.dataset.theme;
  };
  theme.value = stored.read();
  applyTheme(theme.value);
  theme.addEventListener("change", () => { applyTheme(theme.value); stored.write(theme.value); });

  const texts = new Map();
  const textOf = (one) => {
    if (!texts.has(one)) {
      const heading = one.closest(".group")?.querySelector("h2")?.textContent ?? "";
      texts.set(one, `${heading} ${one.textContent}`.toLowerCase());
    }
    return texts.get(one);
  };
  const search = () => {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const one of searched) {
      const text = words.length ? textOf(one) : "";
      one.hidden = !words.every((word) => text.includes(word));
      count += one.hidden ? 0 : 1;
    }
    for (const group of groups) {
      const inside = searched.filter((one) => group.contains(one));
      group.hidden = words.length > 0 && inside.every((one) => one.hidden);
    }
    for (const one of document.querySelectorAll(".overview")) one.hidden = words.length > 0;
    found.textContent = words.length ? `${count} of ${searched.length} interactions found` : "";
  };
  let timer = 0;
  query.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 120); });
  if (query.value) search();

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      query.focus();
    } else if (event.key === "Escape" && event.target === query) {
      query.value = "";
      search();
    }
  });

  for (const button of document.querySelectorAll("[data-open]")) {
    button.addEventListener("click", () => {
      const place = button.closest(".group") || document;
      for (const one of place.querySelectorAll("details.interaction")) one.open = Boolean(button.dataset.open);
    });
  }

  const openTarget = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) { target.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", openTarget);
  openTarget();

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = details.filter((one) => !one.open);
    for (const one of closed) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of closed) one.open = false; });
})();
