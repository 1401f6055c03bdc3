"""Do these two bodies match? One file for each content type.

Source: semantics section 4.3, "Choice of comparator".
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from pypact.contents.expected import BodyPlan, Compile, ExpectedBody
from pypact.model.rules import RuleList

__all__ = ["BodyPlan", "Compile", "ExpectedBody", "body_plan"]


def body_plan(expected: ExpectedBody) -> BodyPlan:
    """Compile an expected body by its content type."""
    return _choose_compiler(expected)(expected)


def _choose_compiler(expected: ExpectedBody) -> Compile:
    # Each comparator is imported when a contract first has a body of its type.
    # ruff: noqa: PLC0415
    content_type = expected.content_type
    if content_type.is_json:
        from pypact.contents.json import JsonPlan

        if content_type.essence == "application/vnd.schemaregistry.v1+json":
            from pypact.contents.schema_registry import SchemaRegistryPlan

            return SchemaRegistryPlan
        return JsonPlan
    if content_type.is_xml:
        from pypact.contents.xml import XmlPlan

        return XmlPlan
    if content_type.is_multipart:
        from pypact.contents.multipart import MultipartPlan

        return functools.partial(MultipartPlan, compile_part=body_plan)
    if content_type.is_form:
        from pypact.contents.form import FormPlan

        return FormPlan
    from pypact.contents.text import BinaryPlan, TextPlan

    is_binary = content_type.is_binary or _has_content_type_rule(expected.rules)
    is_binary = _IS_BINARY.get(expected.hint or "", is_binary)
    return BinaryPlan if is_binary else TextPlan


def _has_content_type_rule(rules: Mapping[str, RuleList]) -> bool:
    at_root = rules.get("$")
    return at_root is not None and any(
        rule.name == "contentType" for rule in at_root.rules
    )


# Values of v4's `contentTypeHint` (semantics 1.5, "contentTypeHint").
_IS_BINARY = {"BINARY": True, "TEXT": False}
