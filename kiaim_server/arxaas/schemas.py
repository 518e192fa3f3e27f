"""The bodies of requests, as marshmallow schemas; keys that ARXaaS does not know are ignored.

Messages name keys, columns and rows by their number, and hold no cell value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from kiaim_server.arxaas.cells import cell_text, cells
from kiaim_server.arxaas.values import Asked, AskedAttribute, AskedModel, AttributeType
from kiaim_server.errors import DataError
from kiaim_server.model.bounds import share


class _Rows(fields.Field[list[list[str]]]):
    """An array of arrays of cells."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> list[list[str]]:
        if not isinstance(value, list):
            raise ma.ValidationError("must be an array of arrays of texts")
        return [cells(row, f"row {number}") for number, row in enumerate(value, 1)]


class _Column(fields.Field[list[str]]):
    """An array of cells."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> list[str]:
        if not value:
            raise ma.ValidationError("must be an array of at least one text")
        return cells(value, "column")


class _Name(fields.Field[str]):
    """The name of a column."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        try:
            return cell_text(value)
        except ValueError:
            raise ma.ValidationError("must be the name of a column") from None


class WireSchema(ma.Schema):
    """Ignores unknown keys, as the service does that clients were written for."""

    class Meta:
        """Options of marshmallow."""

        unknown = ma.EXCLUDE


class AttributeSchema(WireSchema):
    """``{field, attributeTypeModel, hierarchy}``."""

    field = _Name(required=True)
    attributeTypeModel = fields.Enum(  # noqa: N815 - the wire's own names
        AttributeType, by_value=True, required=True, attribute="type"
    )
    hierarchy = _Rows(load_default=None, allow_none=True)

    @ma.post_load
    def _make(self, data: dict[str, Any], **kwargs: Any) -> AskedAttribute:
        return AskedAttribute(**data)


class FormAttributeSchema(AttributeSchema):
    """The same in a form: the hierarchy is the number of a file, from 0."""

    hierarchy = fields.Integer(  # type: ignore[assignment]
        strict=True, load_default=None, allow_none=True, validate=validate.Range(min=0)
    )

    @ma.post_load
    def _make(self, data: dict[str, Any], **kwargs: Any) -> Any:
        return data


class ModelSchema(WireSchema):
    """``{privacyModel, params}``."""

    privacyModel = fields.String(required=True, attribute="name")  # noqa: N815
    params = fields.Dict(keys=fields.String(), load_default=dict)

    @ma.post_load
    def _make(self, data: dict[str, Any], **kwargs: Any) -> AskedModel:
        return AskedModel(**data)


class _DemandsSchema(WireSchema):
    """What an anonymization has to keep."""

    privacyModels = fields.List(  # noqa: N815
        fields.Nested(ModelSchema), load_default=None, allow_none=True, attribute="models"
    )
    suppressionLimit = share(  # noqa: N815
        load_default=None, allow_none=True, attribute="suppression_limit"
    )


class RequestSchema(_DemandsSchema):
    """A table and its attributes; an anonymization has demands as well."""

    data = _Rows(required=True)
    attributes = fields.List(fields.Nested(AttributeSchema), required=True)


class FormMetadataSchema(_DemandsSchema):
    """All of it but the table, which is a file of the form."""

    attributes = fields.List(fields.Nested(FormAttributeSchema), required=True)


class GroupSchema(WireSchema):
    """Some members of the level below, and the label that they get."""

    grouping = fields.Integer(strict=True, required=True, validate=validate.Range(min=1))
    label = fields.String(load_default=None, allow_none=True)


class LevelSchema(WireSchema):
    """A level, counted from 0, and its groups."""

    level = fields.Integer(strict=True, required=True, validate=validate.Range(min=0, max=99))
    groups = fields.List(fields.Nested(GroupSchema), required=True)


class BuilderSchema(WireSchema):
    """A builder by its type; each type has a schema of its own."""

    type = fields.String(required=True)

    class Meta:
        """Options of marshmallow."""

        unknown = ma.INCLUDE


class HierarchyRequestSchema(WireSchema):
    """``{column, builder}``."""

    column = _Column(required=True)
    builder = fields.Nested(BuilderSchema, required=True)


def loaded(schema: ma.Schema, body: Any) -> Any:
    """What a schema makes of a body.

    Raises
    ------
    DataError
        With every fault and the place of each, as a path of keys.
    """
    if not isinstance(body, Mapping):
        raise DataError("the body is no JSON object")
    try:
        return schema.load(body)
    except ma.ValidationError as error:
        raise DataError("; ".join(_faults(error.messages))) from None


def _faults(messages: Any, path: str = "") -> list[str]:
    if isinstance(messages, Mapping):
        return [
            fault
            for key, inner in messages.items()
            for fault in _faults(inner, path if key == "_schema" else f"{path}.{key}".lstrip("."))
        ]
    if isinstance(messages, list | tuple):
        return [fault for inner in messages for fault in _faults(inner, path)]
    return [f"{path}: {messages}" if path else str(messages)]


def asked(loaded_request: Mapping[str, Any], rows: list[list[str]]) -> Asked:
    """The request about a table of `rows`, the header first.

    Raises
    ------
    DataError
        No records, rows of different length, columns without name or with the same, attributes of
        no column or of one column twice.
    """
    header, *records = rows or [[]]
    _check_shape(header, records)
    attributes = tuple(loaded_request["attributes"])
    _check_attributes(attributes, header)
    limit = loaded_request["suppression_limit"]
    return Asked(
        header=tuple(header),
        records=records,
        attributes=attributes,
        models=tuple(loaded_request["models"] or ()),
        **({} if limit is None else {"suppression_limit": limit}),
    )


def _check_shape(header: list[str], records: list[list[str]]) -> None:
    if not header or not records:
        raise DataError("data: expected a header and at least one record")
    for number, name in enumerate(header, 1):
        if not name.strip():
            raise DataError(f"data: column {number} has no name in the header")
    twice = next((name for name, times in Counter(header).items() if times > 1), None)
    if twice is not None:
        raise DataError(f"data: the header has the name {twice!r} twice", column=twice)
    for number, row in enumerate(records, 2):
        if len(row) != len(header):
            raise DataError(
                f"data: row {number} has {len(row)} cells, but the header has {len(header)}",
                line=number,
            )


def _check_attributes(attributes: Sequence[AskedAttribute], header: Sequence[str]) -> None:
    seen: set[str] = set()
    columns = frozenset(header)
    for place, attribute in enumerate(attributes):
        if attribute.field not in columns:
            raise DataError(f"attributes.{place}.field: the table has no column of that name")
        if attribute.field in seen:
            raise DataError(f"attributes.{place}.field: {attribute.field!r} is described twice")
        seen.add(attribute.field)
