// Drives a mock service by the MockService class of @pact-foundation/pact 9.18.1, and
// prints what it sees: node pact_js_9.js NODE_MODULES PORT
const http = require("http");
const path = require("path");
const [, , modules, port] = process.argv;
const inside = (name) => require(path.join(modules, "@pact-foundation/pact/src", name));
const { MockService } = inside("dsl/mockService");
const { Interaction } = inside("dsl/interaction");
const { like, eachLike, term } = inside("dsl/matchers");

const service = new MockService("Web", "Users", Number(port), "127.0.0.1");
const seen = [];

function ask(name, method, target, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, method, path: target, headers };
    const request = http.request(options, (response) => {
      let text = "";
      response.on("data", (piece) => (text += piece));
      response.on("end", () => {
        seen.push([name, response.statusCode, text]);
        resolve();
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

async function tell(name, promise) {
  try {
    seen.push([name, 200, String(await promise)]);
  } catch (error) {
    seen.push([name, 500, String(error.message || error)]);
  }
}

async function main() {
  const user = new Interaction()
    .given("there is a user")
    .uponReceiving("a user")
    .withRequest({
      method: "GET",
      path: term({ generate: "/user/1", matcher: "^/user/\\d+$" }),
      query: { fields: "name" },
      headers: { Accept: "application/json" },
    })
    .willRespondWith({
      status: 200,
      headers: { "Content-Type": "application/json" },
      body: { name: like("John"), tags: eachLike("new", { min: 2 }) },
    });
  await tell("add", service.addInteraction(user));
  await tell("too early", service.verify());
  await ask("answer", "GET", "/user/77?fields=name", undefined, {
    Accept: "application/json",
  });
  await tell("verify", service.verify());
  await tell("remove", service.removeInteractions());

  const post = new Interaction()
    .uponReceiving("a registration")
    .withRequest({
      method: "POST",
      path: "/users",
      headers: { "Content-Type": "application/json" },
      body: { name: like("John"), mail: term({ generate: "a@b", matcher: "@" }) },
    })
    .willRespondWith({ status: 201 });
  await tell("add another", service.addInteraction(post));
  const headers = { "Content-Type": "application/json" };
  await ask("wrong", "POST", "/users", '{"name":1,"mail":"x@y"}', headers);
  await ask("right", "POST", "/users", '{"name":"A","mail":"x@y"}', headers);
  await tell("verify with a wrong one", service.verify());
  await tell("remove again", service.removeInteractions());
  await tell("write", service.writePact());
  console.log(JSON.stringify(seen));
}

main();
