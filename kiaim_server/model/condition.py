"""The structure of a condition in JSON types, so that it can be told in words elsewhere.

A form is a mapping of one of these shapes::

    {"op": "and" | "or", "parts": [form, ...]}
    {"op": "not", "parts": [form]}
    {"op": "=" | "!=" | "<" | "<=" | ">" | ">=", "parts": [left, right]}
    {"op": "in" | "not in", "parts": [element, list]}
    {"op": "known" | "not known", "parts": [fact]}
    {"op": "any" | "no" | "count", "parts": [condition on a column]}
    {"op": "every", "parts": [condition on a column, what has to hold of it]}
    {"fact": name}
    {"text": "public"}, {"number": "1/11"}, {"flag": true}, {"list": [value form, ...]}
    {"set": name}
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from kiaim_server.model.bounds import format_bound

#: See the module.
Form = Mapping[str, Any]


def value_form(value: Any) -> Form:
    """The form of a literal: a text, number, truth value, or tuple of these."""
    if isinstance(value, tuple):
        return {"list": [value_form(item) for item in value]}
    if isinstance(value, bool):
        return {"flag": value}
    if isinstance(value, Fraction):
        return {"number": format_bound(value)}
    return {"text": str(value)}
