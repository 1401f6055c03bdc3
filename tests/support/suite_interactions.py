"""Declare the interactions of the compatibility suite's tables, as users do."""

from suite_cells import content_of, headers_of, json_cell, rows_of

import pypact


class Interactions:
    """The rows of a Background's table; scenarios may change columns of a row."""

    def __init__(self, datatable, specification):
        self._rows = {int(row["No"]): row for row in rows_of(datatable)}
        self.specification = specification

    def row(self, number, changes=None):
        """Return a row; a body changed to plain text keeps its content type."""
        before, changes = self._rows[number], changes or {}
        row = {**before, **changes}
        if "raw headers" in changes:
            row["headers"] = changes["raw headers"]
        for column in ("body", "response body"):
            content_type = content_of(row.get(column, "")).content_type
            if column in changes and content_type == "text/plain":
                content_type = content_of(before.get(column, "")).content_type
            row[f"{column} type"] = content_type
        return row

    def begin(self, pact, number, *, changes=None, states=()):
        """Declare interaction `number` of a pact."""
        row = self.row(number, changes)
        builder = pact.upon_receiving(f"interaction {number}")
        for name, params in states:
            builder.given(name, params)
        builder.with_request(
            row.get("method", "GET"),
            row["path"],
            query=row.get("query") or None,
            headers=typed_headers(row, "headers", "body"),
            body=content_of(row.get("body", "")).data,
        )
        if row.get("matching rules"):
            builder.with_matching_rules(json_cell(row["matching rules"]))
        builder.will_respond_with(
            int(row.get("response") or 200),
            headers=typed_headers(
                row, "response headers", "response body", row.get("response content")
            ),
            body=content_of(row.get("response body", "")).data,
        )
        if row.get("response matching rules"):
            builder.with_matching_rules(json_cell(row["response matching rules"]))
        return builder


def typed_headers(row, headers, body, declared=None):
    """Return header pairs, with the content type of the body unless declared."""
    pairs = headers_of(row.get(headers))
    content_type = declared or row[f"{body} type"]
    if content_type and "content-type" not in {name.lower() for name, _ in pairs}:
        pairs.append(("Content-Type", content_type))
    return pairs


def contract_of(tmp_path, name, builder, *, specification):
    """Write a contract of one interaction and return its file."""
    contract = pypact.Contract(f"c_{name}", "p", (builder.to_interaction(),))
    path = tmp_path / f"{contract.consumer}-p.json"
    pypact.write_pact(contract, path, specification=specification)
    return path
