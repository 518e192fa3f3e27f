"""JSON Schema (draft-07) of marshmallow schemas: editors complete and check while one types.

It says no more than the schema: what the schema accepts, it accepts. What only the linter sees
(conditions, citations, tightening) is not in it. Fields of plugins that are of a class of their own
say what they take in a method ``json_schema()``; of others nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

import marshmallow as ma
from marshmallow import fields, validate

from kiaim_server.model.bounds import Bound, format_bound
from kiaim_server.policy import schema as own
from kiaim_server.policy.describing import description_of

Json = dict[str, Any]

#: References into the part ``definitions``.
WORDS: Final[Json] = {"$ref": "#/definitions/words"}
CONDITION: Final[Json] = {"$ref": "#/definitions/condition"}
PARAMETER: Final[Json] = {"$ref": "#/definitions/parameter"}

#: Numbers, percentages and fractions, as `kiaim_server.model.bounds.parse_bound` reads texts.
NUMBER_TEXT: Final[Json] = {
    "type": "string",
    "pattern": r"^\s*([0-9]{1,6}(\.[0-9]{1,9})?\s?%|[1-9][0-9]{0,14}/[1-9][0-9]{0,14}"
    r"|[0-9]{1,9}(\.[0-9]{1,12})?)\s*$",
}
_TEXT: Final[Json] = {"type": "string", "pattern": r"\S"}
_DAY: Final = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
_COLUMNS: Final = "^(?=.*[A-Za-z0-9äöüÄÖÜß])[A-Za-z0-9äöüÄÖÜß _*-]{1,100}$"
_NAMES: Final = {"en": "The text in English.", "de": "The text in German."}
_SCALAR: Final[Json] = {"type": ["string", "number", "boolean"]}


@dataclass(frozen=True)
class Generator:
    """Makes JSON Schema of marshmallow schemas.

    `instead` has, per schema class and key, what stands there instead of what the field says: for
    keys whose values depend on what is installed.
    """

    instead: Mapping[tuple[str, str], Json] = field(default_factory=dict)

    def object_of(self, schema: ma.Schema) -> Json:
        """A mapping with the keys of the schema; closed unless the schema takes others."""
        keys = {f.data_key or name: f for name, f in schema.fields.items()}
        found: Json = {
            "type": "object",
            "properties": {key: self._property(schema, key, f) for key, f in keys.items()},
        }
        if required := [key for key, f in keys.items() if f.required]:
            found["required"] = required
        if schema.unknown == ma.RAISE:
            found["additionalProperties"] = False
        return found

    def parameters_of(self, schema: ma.Schema) -> Json:
        """The parameters of a plugin; for each of them a parameter of the policy can stand."""
        found = self.object_of(schema)
        for key, inner in found["properties"].items():
            if inner.get("type") != "string" or "enum" in inner:
                described = {k: inner.pop(k) for k in ("description", "default") if k in inner}
                found["properties"][key] = {"anyOf": [inner, PARAMETER], **described}
        return found

    def _property(self, schema: ma.Schema, key: str, inner: fields.Field[Any]) -> Json:
        name = type(schema).__name__
        found = dict(self.instead.get((name, key)) or self.value_of(inner))
        text = inner.metadata.get("description") or description_of(name, key)
        if text:
            if "$ref" in found:  # beside a reference nothing else counts
                found = {"allOf": [found]}
            found["description"] = text
        if isinstance(default := _plain(inner.load_default), str | int | float | bool):
            found["default"] = default
        return found

    def value_of(self, inner: fields.Field[Any]) -> Json:
        """What a field takes, its validators included."""
        found = self._by_type(inner)
        for check in inner.validators:
            found.update(_by_validator(check))
        return {"anyOf": [found, {"type": "null"}]} if inner.allow_none and found else found

    def _by_type(self, inner: fields.Field[Any]) -> Json:
        if callable(say := getattr(inner, "json_schema", None)):
            return dict(say())
        if isinstance(inner, fields.Nested):
            return self.object_of(inner.schema)
        if isinstance(inner, fields.List):
            return {"type": "array", "items": self.value_of(inner.inner)}
        if isinstance(inner, fields.Dict):
            return self._free_mapping(inner)
        if isinstance(inner, own.MappingOf):
            return {"type": "object", "additionalProperties": self.object_of(inner.schema)}
        if isinstance(inner, own.OneOrMany):
            each = self.value_of(inner.single)
            return {"anyOf": [each, {"type": "array", "items": each, "minItems": 1}]}
        if isinstance(inner, Bound):
            return _bound(inner)
        return next((dict(found) for kind, found in _SIMPLE.items() if isinstance(inner, kind)), {})

    def _free_mapping(self, inner: fields.Dict) -> Json:
        found: Json = {"type": "object"}
        if inner.value_field is not None:
            found["additionalProperties"] = self.value_of(inner.value_field)
        if inner.key_field is not None and (keys := self.value_of(inner.key_field)) != {
            "type": "string"
        }:
            found["propertyNames"] = keys
        return found


#: Fields without inner structure, the more special ones first.
_SIMPLE: Final[Mapping[type[fields.Field[Any]], Json]] = {
    own.Words: WORDS,
    own.Text: _TEXT,
    own.Flag: {"type": "boolean"},
    own.Number: {"anyOf": [{"type": "number"}, NUMBER_TEXT, PARAMETER]},
    own.Scalar: _SCALAR,
    own.OneKey: {"type": "object", "minProperties": 1, "maxProperties": 1},
    fields.Boolean: {"type": "boolean"},
    fields.Integer: {"type": "integer"},
    fields.Float: {"type": "number"},
    fields.String: {"type": "string"},
}


def _by_validator(check: Any) -> Json:
    if isinstance(check, own.OneOf):
        return {"enum": list(check.values)}
    if isinstance(check, own.Matches):
        return {"pattern": portable(check.pattern)}
    if check is own.check_date:
        return {"pattern": _DAY}
    if check is own.check_pattern:
        return {"pattern": _COLUMNS}
    if isinstance(check, validate.OneOf):
        return {"enum": list(check.choices)}
    if isinstance(check, validate.Length):
        return _length(check)
    return {}


def _length(check: validate.Length) -> Json:
    low = check.min if check.equal is None else check.equal
    high = check.max if check.equal is None else check.equal
    # Of texts and lists alike: the keywords of the other type have no effect.
    pairs = (("minLength", low), ("minItems", low), ("maxLength", high), ("maxItems", high))
    return {key: value for key, value in pairs if value is not None}


def _bound(inner: Bound) -> Json:
    number: Json = {"type": "integer" if inner.integer else "number"}
    limits = (
        ("minimum", inner.at_least),
        ("exclusiveMinimum", inner.above),
        ("maximum", inner.at_most),
    )
    number.update({key: value for key, value in limits if value is not None})
    return {"anyOf": [number, NUMBER_TEXT]}


def portable(pattern: re.Pattern[str]) -> str:
    """A pattern in the part of the syntax that Python and JavaScript share."""
    text = pattern.pattern.replace(r"\d", "[0-9]").removesuffix(r"\Z")
    return f"^(?:{text})$"


def _plain(default: Any) -> Any:
    if isinstance(default, Fraction):
        return int(default) if default.denominator == 1 else format_bound(default)
    return None if default is ma.missing or callable(default) else default


def definitions(conditions: str) -> Json:
    """What several places refer to; `conditions` describes what a condition may look at."""
    text = {"type": "string", "pattern": r"\S"}
    return {
        "words": {
            "description": "A text, or one per language.",
            "anyOf": [
                text,
                {
                    "type": "object",
                    "properties": {
                        code: {**text, "description": name} for code, name in _NAMES.items()
                    },
                    "additionalProperties": False,
                    "minProperties": 1,
                },
            ],
        },
        "condition": {**text, "maxLength": 2000, "description": conditions},
        "parameter": {
            "type": "string",
            "pattern": r"^params\.",
            "description": "The value of a parameter of the policy, params.name.",
        },
    }
