"""The explanation of a decision as data: the structure of ``kiaim/explanation/v1``.

Everything is a JSON value, and nothing is a cell value. A text is a mapping from languages to
texts, the main language of whoever wrote it first. Bounds are spelt exactly (``1/11``). Ids of
rules are qualified with the policy that states them.
"""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Any, Final, Literal, TypedDict, Union, get_args, get_origin, get_type_hints
from typing import is_typeddict as _is_typeddict

EXPLANATION_SCHEMA: Final = "kiaim/explanation/v1"

#: Language -> text.
Text = dict[str, str]


class ExplainedPolicy(TypedDict):
    """A policy of the chain, the one that was asked for first."""

    name: str
    version: str
    digest: str
    title: Text


class ExplainedFact(TypedDict):
    """A fact of the release. `value` is null and `origin` ``unknown`` where nobody stated it.

    ``given``: the request states it. ``counted``: it was counted in the table. ``assumed``: it
    was neither, and a default stands for it, which a note names.
    """

    name: str
    value: Any
    origin: Literal["given", "counted", "assumed", "unknown"]


class ExplainedColumns(TypedDict):
    """Columns that a quantifier found; for ``every`` those that break it.

    `undecided` are columns of which a fact is unknown.
    """

    quantifier: str
    columns: list[str]
    undecided: list[str]


class ExplainedLine(TypedDict):
    """One line of ``when`` or ``unless``.

    `form` is its structure (see `kiaim_server.model.condition`), `value` its truth value as it is
    written: a true line of ``unless`` silences the rule.
    """

    clause: Literal["when", "unless"]
    text: str
    form: dict[str, Any]
    value: Literal["true", "false", "unknown"]
    facts: list[ExplainedFact]
    found: list[ExplainedColumns]


class ExplainedAsk(TypedDict):
    """A demand as a rule states it; `each`: of every sensitive attribute that `columns` chooses."""

    measure: str
    parameters: dict[str, Any]
    at_least: str | None
    at_most: str | None
    each: bool
    columns: dict[str, Any] | None
    describe: Text


class ExplainedOrder(TypedDict):
    """A transform as a rule orders it."""

    transform: str
    parameters: dict[str, Any]
    columns: dict[str, Any]
    describe: Text


class ExplainedRule(TypedDict):
    """A rule and why it did or did not apply.

    ``undetermined``: a fact is unknown, so the rule is applied. `sources` are ids of `sources`,
    `waivers` of the waivers in force on it; `asks` and `changes` are what it says without them,
    `decide` is what it decides with them.
    """

    id: str
    title: Text
    status: Literal["applies", "undetermined", "silent"]
    lines: list[ExplainedLine]
    decide: Literal["warn", "review", "block"] | None
    asks: list[ExplainedAsk]
    changes: list[ExplainedOrder]
    because: Text
    advice: Text
    sources: list[str]
    tighten_only: bool
    waivers: list[str]
    place: str


class ExplainedReason(TypedDict):
    """An entry of ``classify`` that covers a column."""

    rule: str
    role: str
    because: Text
    sources: list[str]


class ExplainedChange(TypedDict):
    """A transform that a column gets, after merging; `rules` ordered it."""

    transform: str
    parameters: dict[str, Any]
    rules: list[str]
    describe: Text


class ExplainedHierarchy(TypedDict):
    """Along which hierarchy a column is generalised, and by what it was chosen.

    `kind` is ``builder``, ``shipped`` or ``request`` (brought along with it).
    """

    kind: Literal["request", "shipped", "builder"]
    name: str
    rule: str
    chosen_by: Text


class ExplainedLevel(TypedDict):
    """A level of a hierarchy, and the share of kept records on it."""

    level: int
    name: str
    share: float


class ExplainedColumn(TypedDict):
    """What a column is, why, and what is done to it.

    The first of `reasons` decided. `levels` are those on which values are shown, `of` the highest
    level there is; empty and null where nothing was searched. `released` is null before a release.
    """

    name: str
    role: str
    kind: str
    special_category: bool
    reasons: list[ExplainedReason]
    changes: list[ExplainedChange]
    hierarchy: ExplainedHierarchy | None
    levels: list[ExplainedLevel]
    of: int | None
    released: bool | None


class ExplainedBound(TypedDict):
    """What one rule asks for, waivers considered; `strictest` where that is what holds."""

    rule: str
    at_least: str | None
    at_most: str | None
    strictest: bool
    waivers: list[str]


class ExplainedMeasure(TypedDict):
    """What was measured, or is expected: null where it is undefined."""

    attribute: str | None
    value: float | None
    met: bool
    note: Text


class ExplainedDemand(TypedDict):
    """A demand after merging: the strictest bound of all rules that ask for it.

    Without `bounds` it is the product's own default. `unit` is what is counted.
    """

    measure: str
    parameters: dict[str, Any]
    attributes: list[str]
    each: bool
    at_least: str | None
    at_most: str | None
    bounds: list[ExplainedBound]
    unit: Literal["records", "persons"]
    measured: list[ExplainedMeasure]
    state: Literal["met", "unmet", "unmeasured"]
    sources: list[str]
    describe: Text


class ExplainedAttestation(TypedDict):
    """A statement that rules ask of a person."""

    of: str
    max_age_days: int | None
    given_by: str | None
    given_on: str | None
    met: bool
    reason: Text
    rules: list[str]


class ExplainedCondition(TypedDict):
    """A line of a waiver's scope and its truth value."""

    text: str
    value: Literal["true", "false", "unknown"]


class ExplainedWaiver(TypedDict):
    """A waiver, the only way in which a policy is relaxed, and what it did.

    `replaces` and `by` are parts of a rule (see `kiaim_server.model.waiver`). `subjects` are the
    columns for which it relaxes something; none where it is about the whole release.
    """

    id: str
    rule: str
    status: Literal["relaxes", "no-effect", "out-of-scope", "undetermined", "expired", "idle"]
    note: Text
    subjects: list[str]
    replaces: dict[str, Any]
    by: dict[str, Any]
    conditions: list[ExplainedCondition]
    reason: Text
    approved_by: list[str]
    until: str
    sources: list[str]
    place: str


class ExplainedNote(TypedDict):
    """Something that a policy or the engine remarks; `rule` is empty where nobody states it."""

    rule: str
    text: Text


class ExplainedSource(TypedDict):
    """What rules rest on, and with which force.

    `kind` is ``law``, ``case-law``, ``guidance``, ``standard``, ``contract`` or ``convention``;
    only the first two are law. `cited_by` are the rules and entries of the policies in force.
    """

    id: str
    cite: Text
    kind: str
    says: Text
    url: str
    checked: str
    cited_by: list[str]


class Explanation(TypedDict):
    """A decision, or what it would be.

    Attributes
    ----------
    stage
        ``decision``: of a request that ended. ``plan``: as it would be, with expected measures.
        ``context``: what applies to a release context, with or without a table; nothing was
        measured or expected, and `verdict` is null.
    table
        Name of the table; null where there is none.
    """

    schema: str
    stage: Literal["decision", "plan", "context"]
    created: str
    software: str
    table: str | None
    records: int | None
    policies: list[ExplainedPolicy]
    verdict: Literal["release", "review", "refuse"] | None
    reasons: list[Text]
    advice: list[Text]
    facts: list[ExplainedFact]
    rules: list[ExplainedRule]
    columns: list[ExplainedColumn]
    unclassified: list[str]
    person: str | None
    demands: list[ExplainedDemand]
    attestations: list[ExplainedAttestation]
    waivers: list[ExplainedWaiver]
    sources: list[ExplainedSource]
    notes: list[ExplainedNote]
    not_covered: list[Text]


def fault_of(value: Any, shape: Any = Explanation, path: str = "") -> str | None:
    """Where and how a JSON value departs from a structure; None if it does not."""
    if _is_typeddict(shape):
        return _fault_of_mapping(value, shape, path)
    origin, arguments = get_origin(shape), get_args(shape)
    if shape is Any:
        return None
    if origin is Literal:
        return None if value in arguments else f"{path} is none of {', '.join(map(str, arguments))}"
    if origin in (Union, UnionType):
        faults = [fault_of(value, option, path) for option in arguments]
        return None if None in faults else faults[0]
    if origin is list:
        if not isinstance(value, list):
            return f"{path} is no list"
        faults = [fault_of(item, arguments[0], f"{path}[{i}]") for i, item in enumerate(value)]
        return next((fault for fault in faults if fault), None)
    if origin is dict:
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            return f"{path} is no mapping"
        faults = [fault_of(item, arguments[1], f"{path}.{key}") for key, item in value.items()]
        return next((fault for fault in faults if fault), None)
    return _fault_of_scalar(value, shape, path)


def _fault_of_scalar(value: Any, shape: Any, path: str) -> str | None:
    kinds: Any = {NoneType: NoneType, float: (int, float)}.get(shape, shape)
    right = isinstance(value, kinds) and (shape is bool or not isinstance(value, bool))
    return None if right else f"{path} is no {shape.__name__}"


def _fault_of_mapping(value: Any, shape: Any, path: str) -> str | None:
    if not isinstance(value, dict):
        return f"{path} is no mapping"
    hints = get_type_hints(shape)
    if hints.keys() != value.keys():
        differing = ", ".join(sorted(hints.keys() ^ value.keys()))
        return f"{path} lacks or has too much: {differing}"
    faults = (fault_of(value[key], hint, f"{path}.{key}") for key, hint in hints.items())
    return next((fault for fault in faults if fault), None)
