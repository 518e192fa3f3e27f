"""The manifest of a release: its structure, and the bytes that its signature covers.

Both who writes a manifest and who verifies one take the format from here, and nothing else from
each other.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import marshmallow as ma
import rfc8785
from marshmallow import fields, validate

from kiaim_server.errors import ManifestError
from kiaim_server.model.attribute import Role
from kiaim_server.model.bounds import parse_bound

MANIFEST_SCHEMA: Final = "kiaim/manifest/v1"
SIGNATURE_ALGORITHM: Final = "Ed25519"

_SHA256: Final = validate.Regexp(r"[0-9a-f]{64}\Z", error="is not a SHA-256 in hex")


def _count(**kwargs: Any) -> fields.Integer:
    return fields.Integer(strict=True, required=True, validate=validate.Range(min=0), **kwargs)


def _bound(value: str) -> None:
    try:
        parse_bound(value)
    except ValueError as error:
        raise ma.ValidationError(str(error)) from None


def _finite(value: float) -> None:
    if not math.isfinite(value):
        raise ma.ValidationError("is not a finite number")


class Order(fields.Field[Any]):
    """``numeric``, ``lexical`` or the labels in ascending order."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        if value in ("numeric", "lexical"):
            return value
        if isinstance(value, list) and all(isinstance(label, str) for label in value):
            return value
        raise ma.ValidationError("is neither numeric, lexical nor a list of labels")


class Levels(fields.Field[Any]):
    """The level of a column, or under local recoding how many kept records are on each level."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        counts = value if isinstance(value, list) and value else [value]
        if all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in counts):
            return value
        raise ma.ValidationError("is neither a level nor a list of records per level")


class InputSchema(ma.Schema):
    """The table that was put in."""

    sha256 = fields.String(required=True, validate=_SHA256)
    records = _count()
    columns = _count()


class ColumnSchema(ma.Schema):
    """A column of the release; a direct identifier leaves only as a pseudonym that says so."""

    name = fields.String(required=True)
    role = fields.String(required=True, validate=validate.OneOf([role.value for role in Role]))
    pseudonym = fields.Boolean(truthy={True}, falsy={False})


class SuppressedSchema(ma.Schema):
    """What happened to suppressed records, and how many there are."""

    mode = fields.String(required=True, validate=validate.OneOf(("drop", "star")))
    records = _count()


class OutputSchema(ma.Schema):
    """The released file."""

    sha256 = fields.String(required=True, validate=_SHA256)
    bytes = _count()
    format = fields.String(required=True, validate=validate.OneOf(("csv", "parquet")))
    records = _count()
    columns = fields.List(
        fields.Nested(ColumnSchema), required=True, validate=validate.Length(min=1)
    )
    suppressed = fields.Nested(SuppressedSchema, required=True)


class PersonsSchema(ma.Schema):
    """Persons are counted instead of records: by which column of the input, and how many.

    `shown_in` is the column of the file that tells them apart as well; where there is none, only
    the evidence does.
    """

    column = fields.String(required=True)
    shown_in = fields.String()
    in_file = _count()
    class_sizes = fields.List(fields.Tuple((_count(), _count())), required=True)


class SubsetSchema(ma.Schema):
    """Only these records might leave.

    `population` says whether a clause looks at all records that were put in as the population;
    then the evidence has the others.
    """

    column = fields.String(required=True)
    records = _count()
    population = fields.Boolean(required=True, truthy={True}, falsy={False})


class EvidenceSchema(ma.Schema):
    """The file by which persons and population can be counted again; it is not released."""

    sha256 = fields.String(required=True, validate=_SHA256)
    bytes = _count()


class PolicySchema(ma.Schema):
    """A policy as it was used."""

    name = fields.String(required=True)
    version = fields.String(required=True)
    digest = fields.String(required=True)
    title = fields.String(required=True)


class HierarchySchema(ma.Schema):
    """A generalization hierarchy as it was used."""

    sha256 = fields.String(required=True, validate=_SHA256)
    level_names = fields.List(fields.String(), required=True)


class ValueHierarchySchema(ma.Schema):
    """The hierarchy of a sensitive attribute over the values of the file, by their positions.

    See `kiaim_server.model.value_tree.ValueTree`.
    """

    attribute = fields.String(required=True)
    hierarchy = fields.String(required=True)
    sha256 = fields.String(required=True, validate=_SHA256)
    level_names = fields.List(fields.String(), required=True)
    values_sha256 = fields.String(required=True, validate=_SHA256)
    groups = fields.List(
        fields.List(fields.Integer(strict=True, validate=validate.Range(min=0))), required=True
    )


class LossSchema(ma.Schema):
    """The information loss of the release."""

    measure = fields.String(required=True)
    value = fields.Float(required=True, validate=_finite)
    #: Whether no solution loses less, and what none can lose less than. Both or neither:
    #: manifests of before these keys do not say.
    optimal = fields.Boolean(truthy={True}, falsy={False})
    lower_bound = fields.Float(validate=_finite)

    @ma.validates_schema
    def bound_fits(self, data: Mapping[str, Any], **_: Any) -> None:
        """A bound above the loss, or an optimum above its bound, contradicts itself."""
        if ("optimal" in data) != ("lower_bound" in data):
            raise ma.ValidationError("has only one of optimal and lower_bound")
        if "optimal" not in data or "value" not in data:
            return
        if data["lower_bound"] > data["value"]:
            raise ma.ValidationError("the lower bound is above the loss")
        if data["optimal"] and data["lower_bound"] != data["value"]:
            raise ma.ValidationError("is optimal, but the lower bound is not the loss")


class ClauseSchema(ma.Schema):
    """A promise, and what the audit measured before the release."""

    measure = fields.String(required=True)
    parameters = fields.Dict(keys=fields.String(), required=True)
    attribute = fields.String(required=True, allow_none=True)
    at_least = fields.String(required=True, allow_none=True, validate=_bound)
    at_most = fields.String(required=True, allow_none=True, validate=_bound)
    rules = fields.List(fields.String(), required=True)
    waivers = fields.List(fields.String(), validate=validate.Length(min=1))
    measured = fields.Float(required=True, validate=_finite)
    met = fields.Boolean(required=True, truthy={True}, falsy={False})

    @ma.validates_schema
    def has_a_bound(self, data: Mapping[str, Any], **_: Any) -> None:
        """A clause without a bound would promise nothing."""
        if data.get("at_least") is None and data.get("at_most") is None:
            raise ma.ValidationError("has neither at_least nor at_most")


def _date(value: str) -> None:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise ma.ValidationError("is not a date") from None


class WaivedPartSchema(ma.Schema):
    """One demand, order or decision of a rule; see `kiaim_server.model.waiver`."""

    require = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String()),
        validate=validate.Length(equal=1),
    )
    transform = fields.Dict(keys=fields.String())
    decide = fields.String(validate=validate.OneOf(("none", "warn", "review", "block")))

    @ma.validates_schema
    def says_one_thing(self, data: Mapping[str, Any], **_: Any) -> None:
        """Bounds can be compared, a transform has a name."""
        if len(data) != 1:
            raise ma.ValidationError("has not exactly one of require, transform and decide")
        if "transform" in data and not isinstance(data["transform"].get("apply"), str):
            raise ma.ValidationError("names no transform", "transform")
        for stated in data.get("require", {}).values():
            for key in ("at_least", "at_most"):
                if key in stated:
                    _bound(stated[key])


class WaiverSchema(ma.Schema):
    """What was relaxed of a rule, to what, for which columns, why, and who answers until when."""

    id = fields.String(required=True)
    rule = fields.String(required=True)
    replaces = fields.Nested(WaivedPartSchema, required=True)
    by = fields.Nested(WaivedPartSchema, required=True)
    subjects = fields.List(fields.String(), required=True)
    reason = fields.String(required=True)
    approved_by = fields.List(fields.String(), required=True)
    until = fields.String(required=True, validate=_date)
    cite = fields.List(fields.String(), required=True)


class AttestationSchema(ma.Schema):
    """A statement that a person made before the release."""

    of = fields.String(required=True)
    given_by = fields.String(required=True, allow_none=True)
    given_on = fields.String(required=True, allow_none=True)
    rules = fields.List(fields.String(), required=True)


class PluginSchema(ma.Schema):
    """A plugin that took part."""

    name = fields.String(required=True)
    version = fields.String(required=True)


class SignatureSchema(ma.Schema):
    """Who signed, and the signature: base64 of 32 and 64 bytes."""

    algorithm = fields.String(required=True, validate=validate.Equal(SIGNATURE_ALGORITHM))
    key_id = fields.String(required=True)
    public_key = fields.String(required=True)
    value = fields.String(required=True)


class ClaimsSchema(ma.Schema):
    """Everything a manifest claims, without the signature. Unknown keys are errors."""

    schema = fields.String(required=True, validate=validate.Equal(MANIFEST_SCHEMA))
    created = fields.String(required=True)
    software = fields.String(required=True)
    input = fields.Nested(InputSchema, required=True)
    output = fields.Nested(OutputSchema, required=True)
    persons = fields.Nested(PersonsSchema)
    subset = fields.Nested(SubsetSchema)
    evidence = fields.Nested(EvidenceSchema)
    policies = fields.List(fields.Nested(PolicySchema), required=True)
    context_sha256 = fields.String(required=True, validate=_SHA256)
    hierarchies = fields.Dict(fields.String(), fields.Nested(HierarchySchema), required=True)
    recoding = fields.String(validate=validate.Equal("local"))
    levels = fields.Dict(fields.String(), Levels(), required=True)
    orders = fields.Dict(fields.String(), Order(), required=True)
    value_hierarchies = fields.List(fields.Nested(ValueHierarchySchema))
    seed = _count()
    loss = fields.Nested(LossSchema, required=True)
    class_sizes = fields.List(
        fields.Tuple((_count(), _count())),
        required=True,
    )
    clauses = fields.List(fields.Nested(ClauseSchema), required=True)
    waivers = fields.List(fields.Nested(WaiverSchema), validate=validate.Length(min=1))
    attestations = fields.List(fields.Nested(AttestationSchema), required=True)
    plugins = fields.List(fields.Nested(PluginSchema), required=True)

    @ma.validates_schema
    def has_evidence_where_needed(self, data: Mapping[str, Any], **_: Any) -> None:
        """Persons and a population cannot be counted again without it; nothing else needs it."""
        hidden = "persons" in data and "shown_in" not in data["persons"]
        needed = hidden or data.get("subset", {}).get("population", False)
        if needed != ("evidence" in data):
            raise ma.ValidationError(
                "is there exactly where persons or a population are counted", "evidence"
            )

    @ma.validates_schema
    def waivers_are_told(self, data: Mapping[str, Any], **_: Any) -> None:
        """A clause that was relaxed names a waiver of which the manifest says everything."""
        told = {waiver["id"] for waiver in data.get("waivers", ())}
        for clause in data["clauses"]:
            if missing := sorted(set(clause.get("waivers", ())) - told):
                raise ma.ValidationError(
                    f"of a clause are not told: {', '.join(missing)}", "waivers"
                )

    @ma.validates_schema
    def levels_fit(self, data: Mapping[str, Any], **_: Any) -> None:
        """Records per level are claimed under local recoding, and make up the kept ones."""
        output = data["output"]
        suppressed = output["suppressed"]
        kept = output["records"]
        if suppressed["mode"] == "star":
            kept -= suppressed["records"]
        for name, levels in data["levels"].items():
            if isinstance(levels, list) != (data.get("recoding") == "local"):
                raise ma.ValidationError(f"of {name!r} do not fit the recoding", "levels")
            if isinstance(levels, list) and sum(levels) != kept:
                raise ma.ValidationError(
                    f"of {name!r} do not make up the {kept} kept records", "levels"
                )


class ManifestSchema(ClaimsSchema):
    """A signed manifest."""

    signature = fields.Nested(SignatureSchema, required=True)


def check_claims(claims: Mapping[str, Any]) -> None:
    """Refuse claims that lack something or say something unknown.

    Raises
    ------
    ManifestError
        Naming every faulty key.
    """
    _check(ClaimsSchema(), claims)


def parse_manifest(data: bytes) -> dict[str, Any]:
    """Read a signed manifest and check its structure, not yet its signature.

    Raises
    ------
    ManifestError
        Not JSON, a key twice, a key unknown or missing, a value of the wrong type.
    """
    try:
        manifest = json.loads(data, object_pairs_hook=_without_duplicates, parse_constant=_refuse)
    except ManifestError:
        raise
    except (ValueError, RecursionError):
        raise ManifestError("the manifest is not JSON") from None
    if not isinstance(manifest, dict):
        raise ManifestError("the manifest is not a JSON object")
    _check(ManifestSchema(), manifest)
    return manifest


def signed_bytes(manifest: Mapping[str, Any]) -> bytes:
    """The bytes that a signature covers: RFC 8785 of everything but ``signature.value``."""
    signature = {key: v for key, v in manifest["signature"].items() if key != "value"}
    return canonical({**manifest, "signature": signature})


def canonical(value: Any) -> bytes:
    """RFC 8785 (JSON Canonicalization Scheme) of a JSON value.

    Raises
    ------
    ManifestError
        For what JSON cannot hold exactly, such as integers beyond 2**53 or NaN.
    """
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        raise ManifestError(f"the manifest cannot be written as canonical JSON: {error}") from None


def key_id_of(public_key: bytes) -> str:
    """Short name of a public key (its 32 raw bytes): 128 bits of its SHA-256, in hex."""
    return hashlib.sha256(public_key).hexdigest()[:32]


def _check(schema: ma.Schema, value: Mapping[str, Any]) -> None:
    faults = schema.validate(value)
    if faults:
        raise ManifestError("the manifest is broken: " + "; ".join(_sentences("", faults)))


def _sentences(path: str, faults: Any) -> list[str]:
    if isinstance(faults, dict):
        return [
            text
            for key, inner in faults.items()
            for text in _sentences(f"{path}.{key}" if path else str(key), inner)
        ]
    messages = faults if isinstance(faults, list) else [faults]
    return [f"{path}: {' '.join(str(message) for message in messages)}"]


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ManifestError("the manifest has a key twice")
    return found


def _refuse(constant: str) -> Any:
    raise ManifestError(f"the manifest holds {constant}, which is no number of JSON")
