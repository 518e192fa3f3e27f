"""A policy after loading: conditions compiled, plugins checked, parameters in place."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from kiaim_server.model.attribute import Role
from kiaim_server.model.contract import Transform
from kiaim_server.model.diagnostic import Diagnostic
from kiaim_server.model.plan import Citation, HierarchySpec, Objective
from kiaim_server.policy.expression import Expression
from kiaim_server.policy.spelling import NamePatterns

#: Measures that the policy room judges itself.
SUPPRESSED = "suppressed-records"
ATTESTATION = "attestation"
FORM_VIOLATIONS = "form-violations"

#: Names of hierarchies that are not shipped, in a demand's parameter ``hierarchy``: the one that
#: the request brings along, and the one that the policy's ``hierarchies`` choose for the column.
OWN_HIERARCHY = "own"
POLICY_HIERARCHY = "policy"


@dataclass(frozen=True)
class Parameter:
    """A declared parameter. `stricter` is None where extending policies may not change it."""

    name: str
    type: Literal["integer", "number", "share", "text"]
    value: Fraction | str
    at_least: Fraction | None
    at_most: Fraction | None
    stricter: Literal["higher", "lower"] | None
    declared_by: str
    describe: str = ""


@dataclass(frozen=True)
class Classifier:
    """Gives columns a role: those that `names` or `detects` match and `where` does not exclude."""

    id: str
    names: NamePatterns | None
    detects: tuple[str, ...]
    where: Expression | None
    role: Role
    special_category: bool
    kind: str | None
    because: str
    place: str
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class PersonSelector:
    """Says which column is the person key: equal values, one person.

    It selects as a `Classifier` does. `id` is ``policy/person``.
    """

    id: str
    names: NamePatterns | None
    detects: tuple[str, ...]
    where: Expression | None
    because: str
    place: str
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class Demand:
    """One entry of ``require``: a privacy model or pseudo-measure with its bounds.

    `attribute_wise` is true where the model is about one sensitive attribute; `columns` narrows
    which. ``form-violations`` is about any column that `columns` chooses. For attestations
    `parameters` holds ``of`` and ``max_age_days``.
    """

    measure: str
    parameters: Mapping[str, Any]
    at_least: Fraction | None
    at_most: Fraction | None
    attribute_wise: bool
    columns: Expression | None
    describe: str = ""


@dataclass(frozen=True)
class Order:
    """One entry of ``transform``."""

    columns: Expression
    transform: Transform
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Rule:
    """A rule; `id` is qualified with the policy that states it."""

    id: str
    title: str
    when: tuple[Expression, ...]
    unless: tuple[Expression, ...]
    demands: tuple[Demand, ...]
    orders: tuple[Order, ...]
    decide: Literal["warn", "review", "block"] | None
    because: str
    advice: str
    citations: tuple[Citation, ...]
    tighten_only: bool
    place: str


@dataclass(frozen=True)
class Waiver:
    """The one way to relax: puts something milder in place of one part of one rule.

    Attributes
    ----------
    rule, kind, entries
        The qualified id of the rule, and what of it is relaxed: its decision, or those entries of
        its `demands` (``require``) or `orders` (``transform``), by position, that say exactly what
        is replaced.
    when, columns
        Its scope: all lines have to be true; of attribute-wise demands and orders only columns for
        which `columns` is true. What is unknown is out of scope.
    replaces, by
        What the rule says and what holds instead, as in the file: one key, ``require``,
        ``transform`` or ``decide``; bounds are spelt as by `format_bound`.
    demand, order, decide
        What holds instead, compiled; None where it is of another kind, and where a decision is left
        out.
    obstacle
        Why it cannot take effect, whatever is released; empty if it can.
    """

    id: str
    rule: str
    kind: Literal["require", "transform", "decide"]
    entries: tuple[int, ...]
    when: tuple[Expression, ...]
    columns: Expression | None
    replaces: Mapping[str, Any]
    by: Mapping[str, Any]
    demand: Demand | None
    order: Order | None
    decide: Literal["warn", "review"] | None
    reason: str
    approved_by: tuple[str, ...]
    until: datetime.date
    citations: tuple[Citation, ...]
    place: str
    obstacle: str = ""


@dataclass(frozen=True)
class HierarchyRule:
    """Which quasi-identifiers, and columns generalised to a named level, take which hierarchy.

    With both `names` and `detects`, both have to match. `rank` says how specific it is: 0 by names
    and detection, 1 by names, 2 by condition, 3 by detection, 4 by kinds, 5 for all.
    """

    id: str
    names: NamePatterns | None
    detects: tuple[str, ...]
    kinds: tuple[str, ...]
    where: Expression | None
    spec: HierarchySpec
    levels: tuple[int | str | None, int | str | None]

    @property
    def rank(self) -> int:
        """How specific the entry is, 0 most."""
        if self.names:
            return 0 if self.detects else 1
        if self.where:
            return 2
        return 3 if self.detects else (4 if self.kinds else 5)


@dataclass(frozen=True)
class Weighting:
    """The objective of a policy and the weights of columns by pattern."""

    objective: Objective
    weights: tuple[tuple[str, NamePatterns, Fraction], ...]


@dataclass(frozen=True)
class Validity:
    """When a policy holds."""

    begins: datetime.date | None = None
    ends: datetime.date | None = None
    review_by: datetime.date | None = None


@dataclass(frozen=True)
class Document:
    """One policy file, compiled.

    `distance` counts the steps of ``extends`` from the policy that was asked for: 0 is itself.
    `languages` are those of its texts, the main one first.
    """

    name: str
    version: str
    title: str
    summary: str
    languages: tuple[str, ...]
    status: str
    distance: int
    validity: Validity
    applies: tuple[Expression, ...]
    classifiers: tuple[Classifier, ...]
    person: PersonSelector | None
    rules: tuple[Rule, ...]
    hierarchies: tuple[HierarchyRule, ...]
    weighting: Weighting | None
    suppressed: Literal["drop", "star"] | None
    not_covered: tuple[str, ...]
    waivers: tuple[Waiver, ...] = ()


@dataclass(frozen=True)
class Policy:
    """A policy that may run: linted, resolved with everything it extends.

    Attributes
    ----------
    digest
        SHA-256 over the canonical JSON (RFC 8785) of the files it consists of and the values of
        its parameters.
    source
        Text of the file that was asked for.
    documents
        The policy itself first, then what it extends, nearest first.
    warnings
        Findings of the linter that do not stop it.
    """

    name: str
    version: str
    title: str
    summary: str
    digest: str
    source: str
    file: str
    documents: tuple[Document, ...]
    parameters: Mapping[str, Parameter]
    warnings: tuple[Diagnostic, ...] = ()
    not_covered: tuple[str, ...] = field(default=())
