# ruff: noqa: E501 - a policy
"""Names that no column of the table has are told in the plan."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiaim_server.model.plan import Plan
from kiaim_server.policy import Policy

BODY = """\
classify:
  - {id: known, names: [age, "birth_*"], as: quasi, because: Known.}
  - {id: typo, names: [chest_pian], as: sensitive, because: Secret.}
  - {id: found, names: [nowhere], detects: [email], as: direct, because: Named.}
rules:
  - {id: r, when: "any column where column.name in ['Age', 'agee']", decide: warn, because: A., cite: src}
  - {id: s, transform: [{columns: column.name = 'icd', apply: remove}], because: B., cite: src}
  - {id: t, decide: warn, because: C., cite: src}
hierarchies:
  - {id: bands, names: [aeg], build: {values: {}}}
  - {id: rest, build: {values: {}}}
objective: {weights: {age: 2, "*_date": 2}}
"""


def told(plan: Plan) -> list[str]:
    return [str(text) for rule, text in plan.warnings if "P306" in str(text) and rule == "own"]


def test_a_rule_for_a_column_that_is_not_there_is_told(
    load: Callable[..., Policy], plan: Callable[..., Plan]
) -> None:
    assert told(plan(load(BODY), ["Sex"])) == [
        "own/r looks for age, agee, as no column of this table is called (P306)",
        "own/s looks for icd, as no column of this table is called (P306)",
    ]


def test_a_name_that_a_column_nearly_has_is_told(
    load: Callable[..., Policy], plan: Callable[..., Plan]
) -> None:
    found = told(plan(load(BODY), ["Age", "agee", "ICD", "ChestPain", "aeg", "nowhere"]))
    assert found == [
        "own/typo names 'chest_pian', as no column of this table is called; is 'ChestPain' meant? "
        "(P306)"
    ]


def test_nothing_is_told_where_all_fit_or_nothing_is_near(
    load: Callable[..., Policy], plan: Callable[..., Plan]
) -> None:
    columns = ["Age", "agee", "ICD"]
    assert told(plan(load(BODY), columns)) == []
    assert told(plan(load(BODY), [*columns, "chestPian", "entry_date"])) == []


@pytest.mark.parametrize("status", ["active", "draft", "shipped"])
def test_shipped_policies_name_columns_of_any_table(
    status: str, load: Callable[..., Policy], plan: Callable[..., Plan]
) -> None:
    found = told(plan(load(f"status: {status}\n{BODY}"), ["Sex"]))
    assert (found == []) == (status == "shipped")
