"""What a policy says as data: the structure of ``kiaim/policy-explanation/v1``.

Texts and bounds are as in `kiaim_server.model.explanation`.
"""

from __future__ import annotations

from typing import Any, Final, Literal, TypedDict

from kiaim_server.model.explanation import (
    ExplainedAsk,
    ExplainedOrder,
    ExplainedPolicy,
    ExplainedSource,
    Text,
)

POLICY_EXPLANATION_SCHEMA: Final = "kiaim/policy-explanation/v1"


class WrittenLine(TypedDict):
    """A condition as a policy writes it, and its structure."""

    text: str
    form: dict[str, Any]


class WrittenApplies(TypedDict):
    """A line of ``applies`` and the policy that states it."""

    policy: str
    line: WrittenLine


class WrittenParameter(TypedDict):
    """A parameter with the value that is in force.

    `stricter` is null where extending policies may not change it.
    """

    name: str
    type: str
    value: str
    stricter: Literal["higher", "lower"] | None
    declared_by: str
    describe: Text


class WrittenColumns(TypedDict):
    """An entry of ``classify`` or ``person``: which columns it is about, and why.

    `role` is null for the person key.
    """

    id: str
    names: list[str]
    detects: list[str]
    where: WrittenLine | None
    role: str | None
    kind: str | None
    special_category: bool
    because: Text
    sources: list[str]


class WrittenRule(TypedDict):
    """A rule as it is written: all of `when` and none of `unless` have to hold."""

    id: str
    title: Text
    when: list[WrittenLine]
    unless: list[WrittenLine]
    decide: Literal["warn", "review", "block"] | None
    asks: list[ExplainedAsk]
    changes: list[ExplainedOrder]
    because: Text
    advice: Text
    sources: list[str]
    tighten_only: bool
    place: str


class WrittenHierarchy(TypedDict):
    """Which hierarchy columns take: one that a builder makes, or one that ships."""

    id: str
    names: list[str]
    kinds: list[str]
    where: WrittenLine | None
    builder: str | None
    parameters: dict[str, Any]
    shipped: str | None


class PolicyExplanation(TypedDict):
    """A policy with everything that it extends.

    `policies` are the policy itself and those that it extends, the nearest first. `begins`, `ends`
    and `review_by` are ISO days.
    """

    schema: str
    policies: list[ExplainedPolicy]
    languages: list[str]
    summary: Text
    status: str
    begins: str | None
    ends: str | None
    review_by: str | None
    applies: list[WrittenApplies]
    parameters: list[WrittenParameter]
    person: list[WrittenColumns]
    columns: list[WrittenColumns]
    rules: list[WrittenRule]
    hierarchies: list[WrittenHierarchy]
    loss: str
    recoding: Literal["full-domain", "local"]
    suppressed: Literal["drop", "star"]
    sources: list[ExplainedSource]
    not_covered: list[Text]
