"""The closed structure of a policy file, as marshmallow schemas.

Unknown keys are errors everywhere (marshmallow's default), so that a typo cannot disarm a rule.
The schemas check shape and scalar types; what a text means (a condition, a plugin's parameter, a
reference) is checked afterwards by `kiaim_server.policy.compiling`.

Messages begin with the linter's code.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import marshmallow as ma
from marshmallow import fields, validate

from kiaim_server.model.attribute import KINDS, Role
from kiaim_server.model.bounds import parse_bound
from kiaim_server.model.prose import LANGUAGES
from kiaim_server.policy.confirming import UNDECIDED
from kiaim_server.policy.spelling import did_you_mean, pattern_fault

FORMAT: Final = "kiaim/policy/v1"
SOURCE_KINDS: Final = ("law", "case-law", "guidance", "standard", "contract", "convention")
STATUSES: Final = ("draft", "shipped", "active", "retired")
DECISIONS: Final = ("warn", "review", "block")
#: What a waiver can put in place of a decision, the mildest first.
WAIVED_DECISIONS: Final = ("none", *DECISIONS)

_ID: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*\Z", re.ASCII)
_VERSION: Final = re.compile(r"(?:0|[1-9]\d{0,5})(?:\.(?:0|[1-9]\d{0,5})){2}\Z", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_RULE: Final = re.compile(
    r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*/[a-z][a-z0-9]*(?:-[a-z0-9]+)*\Z", re.ASCII
)
_PARENT: Final = re.compile(r"[a-z0-9-]+@\d{1,6}\Z", re.ASCII)


class Text(fields.Field[str]):
    """A text that is not empty; nothing else is turned into one."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ma.ValidationError(f"P106 expected text, found {noun(value)}; put it in quotes")
        if not value.strip():
            raise ma.ValidationError("P106 an empty text; write it, or delete the key")
        return value


class Words(fields.Field[Any]):
    """A text for people: in the policy's main language, or a mapping from languages to texts.

    `name_only` marks names of things, of which a translation is welcome but not missed.
    """

    def __init__(self, *, name_only: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.name_only = name_only

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, dict):
            return Text().deserialize(value)
        faults: dict[str, list[str]] = {}
        for code, text in value.items():
            if code not in LANGUAGES:
                known = ", ".join(LANGUAGES)
                hint = did_you_mean(code, LANGUAGES)
                faults[code] = [f"P106 {shown(code)} is no language of texts ({known}){hint}"]
                continue
            try:
                Text().deserialize(text)
            except ma.ValidationError as error:
                faults[code] = [str(m) for m in error.messages]
        if faults or not value:
            raise ma.ValidationError(faults or "P106 a text in no language")
        return value


class Flag(fields.Field[bool]):
    """true or false and nothing that resembles them."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ma.ValidationError(f"P106 expected true or false, found {noun(value)}")
        return value


class Number(fields.Field[Any]):
    """A number, percentage, fraction, or ``params.name``."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, str) and value.startswith("params."):
            return value
        try:
            return parse_bound(value)
        except ValueError as error:
            raise ma.ValidationError(f"P106 {shown(value)} {error}") from None


class Scalar(fields.Field[Any]):
    """A single value of any type."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, dict | list) or value is None:
            raise ma.ValidationError(f"P102 expected a single value, found {noun(value)}")
        return value


_not_empty = validate.Length(min=1, error="P106 an empty list; write an entry, or delete the key")


class OneOrMany(fields.Field[list[Any]]):
    """A text, or a list of texts."""

    def __init__(self, validate_each: Callable[[str], Any] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner = fields.List(
            Text(validate=validate_each),
            validate=_not_empty,
            error_messages={"invalid": "P102 expected a text or a list of texts"},
        )
        self.single = Text(validate=validate_each)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list):
            return list(self.inner.deserialize(value))
        if isinstance(value, dict):
            raise ma.ValidationError("P102 expected a text or a list of texts, found a mapping")
        return [self.single.deserialize(value)]


class MappingOf(fields.Field[dict[str, Any]]):
    """A mapping from ids to things of one structure."""

    def __init__(self, schema: type[ma.Schema], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.schema = schema()

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise ma.ValidationError(f"P102 expected a mapping, found {noun(value)}")
        faults: dict[str, Any] = {}
        for key, inner in value.items():
            if errors := self.schema.validate(inner):
                faults[key] = errors
        if faults:
            raise ma.ValidationError(faults)
        return dict(value)


class OneKey(fields.Field[dict[str, Any]]):
    """A mapping with exactly one key, e.g. ``k-anonymity: {at_least: 5}``."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise ma.ValidationError(
                f"P102 expected 'name: {{parameter: value}}', found {noun(value)}"
            )
        if len(value) != 1:
            raise ma.ValidationError(
                f"P102 expected one name with its parameters, found {len(value)} keys"
            )
        name, inner = next(iter(value.items()))
        if not isinstance(inner, Mapping):
            raise ma.ValidationError(
                {name: [f"P102 expected parameters as a mapping, found {noun(inner)}"]}
            )
        return dict(value)


class Strict(ma.Schema):
    """Base of all parts: closed, with messages that carry the linter's codes."""

    error_messages = {"unknown": "P104", "type": "P102 expected a mapping; write key: value"}  # noqa: RUF012 - marshmallow's form


class Open(Strict):
    """A part that takes a plugin's parameters beside its own keys."""

    class Meta:
        unknown = ma.INCLUDE


def noun(value: Any) -> str:
    """What a value is, in words, with the value itself if it is short."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()}"
    return f"the number {value}" if isinstance(value, int | float) else f"the text {shown(value)}"


def shown(value: Any) -> str:
    """A value as messages show it, cut at 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


@dataclass(frozen=True)
class Matches:
    """A validator: the text has the form of `pattern`."""

    pattern: re.Pattern[str]
    message: str

    def __call__(self, value: str) -> None:
        """Refuse a text of another form."""
        if not self.pattern.match(value):
            raise ma.ValidationError(self.message.format(value=shown(value)))


@dataclass(frozen=True)
class OneOf:
    """A validator: the text is one of `values`; messages begin with `code` and call it `what`."""

    values: tuple[str, ...]
    code: str
    what: str

    def __call__(self, value: str) -> None:
        """Refuse any other text, with the one that was probably meant."""
        if value not in self.values:
            words = ", ".join(self.values)
            hint = did_you_mean(value, self.values)
            raise ma.ValidationError(
                f"{self.code} {shown(value)} is no {self.what} ({words}){hint}"
            )


def matches(pattern: re.Pattern[str], message: str) -> Matches:
    """A validator: the text has the form of `pattern`."""
    return Matches(pattern, message)


def one_of(values: tuple[str, ...], code: str, what: str) -> OneOf:
    """A validator: the text is one of `values`."""
    return OneOf(values, code, what)


def check_date(value: str) -> None:
    """A validator: the text is a day, ``2026-11-24``."""
    try:
        if not _DAY.match(value):
            raise ValueError
        datetime.date.fromisoformat(value)
    except ValueError:
        raise ma.ValidationError(f'P123 {shown(value)} is no date; write "2026-11-24"') from None


def check_pattern(value: str) -> None:
    """A validator: the text is a pattern of column names."""
    if fault := pattern_fault(value):
        raise ma.ValidationError(f"P115 {shown(value)} {fault}")


_id = matches(_ID, "P124 {value} is no id; write lower case words joined by hyphens")


def _list(inner: Any, **kwargs: Any) -> Any:
    return fields.List(
        inner,
        error_messages={
            "invalid": "P102 expected a list; write [a, b], or a dash before each entry"
        },
        **kwargs,
    )


def _nested(schema: type[ma.Schema], **kwargs: Any) -> Any:
    return fields.Nested(schema, **kwargs)


class Effective(Strict):
    """When a policy holds."""

    from_ = Text(data_key="from", validate=check_date, metadata={"description": "First day."})
    until = Text(validate=check_date, metadata={"description": "Last day; afterwards it refuses."})
    review_by = Text(validate=check_date, metadata={"description": "Day to look at it again."})


class Parameter(Strict):
    """A number or text that extending policies may tighten."""

    type = Text(
        validate=one_of(("integer", "number", "share", "text"), "P106", "type of parameter")
    )
    default = Scalar(required=True)
    at_least = Number()
    at_most = Number()
    stricter = Text(validate=one_of(("higher", "lower"), "P106", "direction"))
    describe = Words()
    cite = OneOrMany()


class Source(Strict):
    """What a rule rests on, and with which force."""

    cite = Words(required=True, name_only=True)
    kind = Text(required=True, validate=one_of(SOURCE_KINDS, "P113", "kind of source"))
    says = Words()
    url = Text()
    checked = Text(validate=check_date)


class Classify(Strict):
    """Which columns are what."""

    id = Text(required=True, validate=_id)
    names = _list(
        Text(validate=check_pattern),
        validate=_not_empty,
    )
    detects = _list(
        Text(),
        validate=_not_empty,
    )
    where = Text()
    as_ = Text(
        required=True,
        data_key="as",
        validate=one_of((*(r.value for r in Role), UNDECIDED), "P114", "role"),
    )
    special_category = Flag()
    kind = Text(validate=one_of(KINDS, "P114", "kind of column"))
    because = Words(required=True)
    cite = OneOrMany()
    confirmed = Flag()


class PersonEntry(Strict):
    """Which column says whose record it is."""

    names = _list(
        Text(validate=check_pattern),
        validate=_not_empty,
    )
    detects = _list(
        Text(),
        validate=_not_empty,
    )
    where = Text()
    because = Words(required=True)
    cite = OneOrMany()
    confirmed = Flag()


class Transform(Open):
    """An order to change columns; the transform's own parameters stand beside."""

    columns = Text(required=True)
    apply = Text(required=True)


class Rule(Strict):
    """One rule: when it applies, what it asks for, why, and on whose authority."""

    id = Text(required=True, validate=_id)
    title = Words()
    when = OneOrMany()
    unless = OneOrMany()
    require = _list(OneKey())
    transform = _list(_nested(Transform))
    decide = Text(validate=one_of(DECISIONS, "P117", "decision"))
    because = Words(required=True)
    advice = Words()
    cite = OneOrMany(required=True)
    tighten_only = Flag()


class Levels(Strict):
    """Least and greatest level of generalization that the search may choose."""

    min = Scalar()
    max = Scalar()


class HierarchyEntry(Strict):
    """Which hierarchy quasi-identifiers take."""

    id = Text(required=True, validate=_id)
    names = _list(
        Text(validate=check_pattern),
        validate=_not_empty,
    )
    detects = _list(
        Text(),
        validate=_not_empty,
    )
    kinds = _list(
        Text(validate=one_of(KINDS, "P114", "kind of column")),
        validate=_not_empty,
    )
    where = Text()
    build = OneKey()
    use = Text()
    levels = _nested(Levels)
    confirmed = Flag()


class ObjectiveEntry(Open):
    """What the search minimises; the loss measure's own parameters stand beside."""

    loss = Text()
    recoding = Text(validate=one_of(("full-domain", "local"), "P106", "recoding"))
    weights = fields.Dict(
        keys=Text(validate=check_pattern),
        values=Number(),
        error_messages={"invalid": "P102 expected a mapping; write key: value"},
    )


class Output(Strict):
    """What becomes of suppressed records."""

    suppressed = Text(validate=one_of(("drop", "star"), "P106", "way to treat suppressed records"))


class WaiverScope(Strict):
    """Where a waiver holds: in which releases, and for which columns."""

    when = OneOrMany()
    columns = Text()


class WaivedTransform(Open):
    """An order as a rule states it, without its columns."""

    apply = Text(required=True)


class WaivedPart(Strict):
    """One demand, one order or the decision of a rule."""

    require = OneKey()
    transform = _nested(WaivedTransform)
    decide = Text(validate=one_of(WAIVED_DECISIONS, "P117", "decision"))


class WaiverEntry(Strict):
    """The one way to relax: what of which rule, to what, where, until when, and who answers."""

    id = Text(required=True, validate=_id)
    rule = Text(
        required=True,
        validate=matches(_RULE, "P208 {value} is no full name of a rule; write policy/rule"),
    )
    scope = _nested(WaiverScope, required=True)
    replaces = _nested(WaivedPart, required=True)
    by = _nested(WaivedPart, required=True)
    reason = Words(required=True)
    approved_by = _list(Text(), required=True)
    until = Text(required=True, validate=check_date)
    cite = OneOrMany(required=True)


class PolicySchema(Strict):
    """A policy file."""

    schema = Text(required=True, validate=one_of((FORMAT,), "P110", "format that is known"))
    policy = Text(required=True, validate=_id)
    version = Text(
        required=True,
        validate=matches(_VERSION, 'P112 {value} is no version; write three numbers, "1.0.0"'),
    )
    title = Words(required=True)
    summary = Words()
    status = Text(validate=one_of(STATUSES, "P106", "status"))
    owner = Text()
    language = OneOrMany(validate_each=one_of(LANGUAGES, "P106", "language"))
    effective = _nested(Effective)
    extends = _list(
        Text(validate=matches(_PARENT, "P201 {value} names no major version; write name@1"))
    )
    applies = OneOrMany()
    parameters = MappingOf(Parameter)
    sources = MappingOf(Source)
    classify = _list(_nested(Classify))
    person = _nested(PersonEntry)
    rules = _list(_nested(Rule))
    hierarchies = _list(_nested(HierarchyEntry))
    objective = _nested(ObjectiveEntry)
    output = _nested(Output)
    not_covered = _list(Words())
    waivers = _list(_nested(WaiverEntry))
