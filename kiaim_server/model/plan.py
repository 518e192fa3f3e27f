"""What a policy decided before any record is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from kiaim_server.model.attribute import Attribute
from kiaim_server.model.condition import Form


@dataclass(frozen=True)
class Citation:
    """A source and its force: law, case-law, guidance, standard, contract or convention.

    `says` is what it says in the policy's words, `checked` the ISO day on which somebody last
    looked at it; empty where the policy does not state them.
    """

    id: str
    cite: str
    kind: str
    says: str = ""
    url: str = ""
    checked: str = ""


@dataclass(frozen=True)
class PolicyRef:
    """A policy as it was used: name, version and digest of its resolved content."""

    name: str
    version: str
    digest: str
    title: str = ""


@dataclass(frozen=True)
class Line:
    """One line of ``when`` or ``unless``, and what became of it.

    Attributes
    ----------
    form
        Its structure (see `kiaim_server.model.condition`).
    value
        ``true``, ``false`` or ``unknown``, of the line as it is written.
    facts
        Facts of the release that it looked at, with their values in JSON types; None is unknown.
    found
        Per ``any``, ``no``, ``every`` and ``count column`` the columns that it found: for
        ``every`` those that break it; undecided ones end in a question mark.
    """

    clause: Literal["when", "unless"]
    text: str
    form: Form
    value: Literal["true", "false", "unknown"]
    facts: Mapping[str, Any]
    found: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Ask:
    """A demand as one rule states it; `columns` is the form of the condition that narrows it.

    `each` is true where it is asked of every sensitive attribute. `describe` is what the model
    says of itself.
    """

    measure: str
    parameters: Mapping[str, Any]
    at_least: Fraction | None
    at_most: Fraction | None
    each: bool = False
    columns: Form | None = None
    describe: str = ""


@dataclass(frozen=True)
class Change:
    """A transform as one rule orders it, for the columns that a condition chooses."""

    transform: str
    parameters: Mapping[str, Any]
    columns: Form
    describe: str = ""


@dataclass(frozen=True)
class RuleTrace:
    """One rule and why it did or did not apply.

    `id` is qualified (``policy/rule``). `status` is ``applies``, ``undetermined`` (a fact is
    unknown, so the rule is applied) or ``silent``. `conditions` are pairs of the source text of
    each line of ``when`` and ``unless`` and its outcome (``true``, ``false`` or ``unknown``);
    `facts` the values that they looked at. `decide` is the decision that counts; `waivers` are the
    ids of the waivers that are in force on the rule. `lines` are the same conditions one by one,
    `asks` and `changes` what the rule demands and orders where it applies, waivers aside.
    """

    id: str
    title: str
    status: Literal["applies", "undetermined", "silent"]
    conditions: tuple[tuple[str, str], ...]
    facts: Mapping[str, Any]
    because: str
    advice: str
    citations: tuple[Citation, ...]
    decide: str | None
    place: str
    waivers: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    asks: tuple[Ask, ...] = ()
    changes: tuple[Change, ...] = ()
    tighten_only: bool = False


@dataclass(frozen=True)
class WaiverTrace:
    """One waiver, and what it did: the only way in which a policy is relaxed.

    Attributes
    ----------
    id, rule
        Qualified (``policy/waiver``, ``policy/rule``).
    status
        ``relaxes``; ``no-effect`` (what it relaxes is demanded all the same), ``out-of-scope``,
        ``undetermined`` (a fact of its scope is unknown, so it does not hold), ``expired``, or
        ``idle`` (its rule does not apply).
    note
        Why it has no effect, or less than it allows.
    subjects
        Columns or sensitive attributes for which it relaxes something; none where it is about the
        whole release.
    replaces, by
        What the rule says and what holds instead (see `kiaim_server.model.waiver`).
    conditions
        Pairs of the lines of its scope and their outcome.
    until
        Its last day, ISO 8601.
    """

    id: str
    rule: str
    status: Literal["relaxes", "no-effect", "out-of-scope", "undetermined", "expired", "idle"]
    note: str
    subjects: tuple[str, ...]
    replaces: Mapping[str, Any]
    by: Mapping[str, Any]
    conditions: tuple[tuple[str, str], ...]
    reason: str
    approved_by: tuple[str, ...]
    until: str
    citations: tuple[Citation, ...]
    place: str


@dataclass(frozen=True)
class Bound:
    """What one rule asks of a measure, and the waivers that have relaxed it to that."""

    rule: str
    at_least: Fraction | None
    at_most: Fraction | None
    waivers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Requirement:
    """A bound that the release has to keep, after merging all rules that ask for it.

    Attributes
    ----------
    measure
        Name of the privacy model, or ``suppressed-records``.
    parameters
        The measure's parameters apart from the bounds, e.g. ``{"variant": "distinct"}``.
    attributes
        Sensitive attributes it is about, each by itself; empty where the measure needs none.
    at_least, at_most
        The strictest bound of all rules that apply, exact.
    rules
        Qualified ids of these rules, the deciding one first.
    waivers
        Ids of the waivers without which the bound would be stricter.
    bounds
        What each of these rules asks for.
    describe
        What the model says of itself.
    """

    measure: str
    parameters: Mapping[str, Any]
    attributes: tuple[str, ...]
    at_least: Fraction | None
    at_most: Fraction | None
    rules: tuple[str, ...]
    citations: tuple[Citation, ...] = ()
    waivers: tuple[str, ...] = ()
    bounds: tuple[Bound, ...] = ()
    describe: str = ""


@dataclass(frozen=True)
class Attestation:
    """A statement that a person has to make before a release, and whether it was made."""

    of: str
    max_age_days: int | None
    given_by: str | None
    given_on: str | None
    met: bool
    reason: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class PlannedTransform:
    """A transform that rules order for a column; `rules` are qualified ids, the deciding first.

    `describe` is what the transform says of itself.
    """

    name: str
    parameters: Mapping[str, Any]
    rules: tuple[str, ...]
    describe: str = ""


@dataclass(frozen=True)
class HierarchySpec:
    """Where a column's hierarchy comes from: a builder, or a shipped hierarchy's name.

    `chosen_by` says in words by what `rule` chose the column: its name, what was detected, a
    condition, its kind, or as the default.
    """

    rule: str
    builder: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    shipped: str | None = None
    chosen_by: str = ""


@dataclass(frozen=True)
class RoleReason:
    """One entry of ``classify`` that covers a column: the role that it says, and why."""

    rule: str
    role: str
    because: str
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class ColumnPlan:
    """Everything the policy says of one column.

    `levels` limits the search: level number or level name, None for no limit. `reasons` are all
    entries that cover the column, the deciding one first.
    """

    attribute: Attribute
    transforms: tuple[PlannedTransform, ...] = ()
    hierarchy: HierarchySpec | None = None
    levels: tuple[int | str | None, int | str | None] = (None, None)
    weight: Fraction = Fraction(1)
    reasons: tuple[RoleReason, ...] = ()

    @property
    def name(self) -> str:
        """Name of the column."""
        return self.attribute.name


@dataclass(frozen=True)
class PersonKey:
    """The column whose equal values mean one person; all measures then count persons.

    `rules` are the qualified ids of the policies' statements that name it.
    """

    column: str
    rules: tuple[str, ...]
    because: str = ""


@dataclass(frozen=True)
class Objective:
    """What the search minimises, and whether all records share their levels.

    `recoding` is ``full-domain`` (one level per column, the optimum) or ``local`` (levels of its
    own for every record, by a heuristic).
    """

    loss: str = "loss"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    recoding: Literal["full-domain", "local"] = "full-domain"


@dataclass(frozen=True)
class Plan:
    """The outcome of a policy for one table and context.

    `blocks` and `reviews` are qualified ids of rules that decided so already (with the rule's
    reason); `warnings` likewise. A plan with blocks or unmet attestations can be looked at, but
    leads to no release. `unclassified` columns are covered by no rule and block as well;
    `columns` has the others. `suppressed` says what happens to suppressed records: ``drop`` or
    ``star``. `person` is None where records are counted. `waivers` are all that the policies
    have, in force or not. `origins` says of facts in `context` whether they were ``given``,
    ``counted`` or ``assumed``.
    """

    policies: tuple[PolicyRef, ...]
    context: Mapping[str, Any]
    columns: tuple[ColumnPlan, ...]
    rules: tuple[RuleTrace, ...]
    requirements: tuple[Requirement, ...]
    attestations: tuple[Attestation, ...]
    unclassified: tuple[str, ...]
    blocks: tuple[tuple[str, str], ...]
    reviews: tuple[tuple[str, str], ...]
    warnings: tuple[tuple[str, str], ...]
    objective: Objective
    suppressed: Literal["drop", "star"]
    not_covered: tuple[str, ...] = ()
    person: PersonKey | None = None
    waivers: tuple[WaiverTrace, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)

    def requirement(self, measure: str) -> Requirement | None:
        """The requirement on `measure`, if exactly one exists."""
        found = [r for r in self.requirements if r.measure == measure]
        return found[0] if len(found) == 1 else None
