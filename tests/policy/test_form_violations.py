"""Demands on the form of cells: bound to columns, merged, and part of the policy's digest."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from kiaim_server.hierarchy import reference_table
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.plan import Plan
from kiaim_server.policy import Policy, PolicyLibrary, deny_unprotected, lint_text
from tests.policy.conftest import HEAD, profile

TABLE = "us-zip3-population@2022"
CLASSIFY = """\
classify:
  - {id: dates, names: ["*_date"], as: quasi, kind: date, because: Known., cite: src}
  - {id: codes, names: [icd], as: sensitive, kind: code, because: Secret., cite: src}
"""
RULE = """\
rules:
  - id: r
    because: x
    cite: src
    require: [{form-violations: {%s}}]
"""
DATES = "columns: column.kind = 'date'"


@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        ("form: year", "P105", "needs 'columns'"),
        (f"{DATES}", "P120", "needs the parameter 'form'"),
        (f"form: years, {DATES}", "P120", "form"),
        (f"form: year, oldest: 89, {DATES}", "P120", "takes no further parameter"),
        (f"form: age, {DATES}", "P120", "takes oldest"),
        (f"form: zip3, reference: {TABLE}, {DATES}", "P120", "takes more_than and reference"),
        (
            f"form: zip3, reference: us-zip3-population@1990, more_than: 20000, {DATES}",
            "P207",
            "did you mean 'us-zip3-population@2022'",
        ),
        (f"form: year, at_most: 0.5, {DATES}", "P121", "whole number"),
        (f"form: year, sha256: abc, {DATES}", "P120", "no parameter 'sha256'"),
        ("form: year, columns: column.kind = 'dat'", "P301", "did you mean 'date'"),
    ],
)
def test_a_faulty_demand_is_found_with_the_mend(
    library: PolicyLibrary, parameters: str, code: str, message: str
) -> None:
    found = lint_text(HEAD + RULE % parameters, "own.policy.yaml", library)
    assert [d for d in found if d.code == code and message in d.message], found


def test_an_unknown_table_of_a_transform_is_p207() -> None:
    library = PolicyLibrary.load(PluginHost.load())
    order = (
        "rules:\n  - id: r\n    because: x\n    cite: src\n    transform:\n"
        "      - {columns: column.kind = 'geography', apply: three-digit-zip, more_than: 20000, "
        "reference: us-zip3-population@2020}\n"
    )
    (fault,) = lint_text(HEAD + order, "own.policy.yaml", library)
    assert (fault.code, fault.line) == ("P207", 12)
    assert "did you mean 'us-zip3-population@2022'" in fault.message


@pytest.mark.parametrize(
    "order",
    [
        "    require: [{form-violations: {form: zip3, reference: us-zip3-population@2022, "
        "more_than: params.people, columns: column.kind = 'geography'}}]\n",
        "    transform: [{apply: three-digit-zip, reference: us-zip3-population@2022, "
        "more_than: params.people, columns: column.kind = 'geography'}]\n",
    ],
)
def test_a_bound_whose_parameter_may_be_lowered_is_p404(order: str) -> None:
    library = PolicyLibrary.load(PluginHost.load())
    text = "parameters:\n  people: {type: integer, default: 20000, stricter: %s}\n" + (
        "rules:\n  - id: r\n    because: x\n    cite: src\n" + order
    )
    (fault,) = lint_text(HEAD + text % "lower", "own.policy.yaml", library)
    assert fault.code == "P404"
    assert lint_text(HEAD + text % "higher", "own.policy.yaml", library) == ()


def test_it_is_about_every_column_that_it_chooses_and_no_other(
    load: Callable[..., Policy], plan: Callable[..., Plan]
) -> None:
    policy = load(CLASSIFY + RULE % f"form: year, {DATES}")
    columns = [profile("birth_date", "date"), profile("exit_date", "date"), profile("icd")]
    (demand, limit) = plan(policy, columns).requirements
    assert demand.measure == "form-violations"
    assert demand.attributes == ("birth_date", "exit_date")
    assert (demand.at_least, demand.at_most) == (None, Fraction(0))
    assert demand.parameters == {"form": "year"}
    assert limit.measure == "suppressed-records"


def test_a_table_without_such_a_column_is_told_nothing_of_it(
    load: Callable[..., Policy], plan: Callable[..., Plan]
) -> None:
    policy = load(CLASSIFY + RULE % f"form: year, {DATES}")
    made = plan(policy, [profile("icd")], {"data.subjects": 100})
    assert (made.requirements, made.warnings) == ((), ())


def test_without_any_demand_the_release_is_still_denied(
    load: Callable[..., Policy], plan: Callable[..., Plan], host: PluginHost
) -> None:
    policy = load(CLASSIFY + RULE % "form: age, oldest: 89, columns: column.kind = 'age'")
    made = deny_unprotected(plan(policy, [profile("birth_date", "date")]), host)
    assert "demands a privacy model" in made.blocks[0][1]


def test_the_table_goes_with_its_digest_into_clause_and_policy(
    load: Callable[..., Policy],
    plan: Callable[..., Plan],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    body = CLASSIFY + RULE % f"form: zip3, reference: {TABLE}, more_than: 20000, {DATES}"
    policy = load(body)
    parameters = plan(policy, [profile("birth_date", "date")]).requirements[0].parameters
    assert parameters["sha256"] == reference_table(TABLE).sha256
    assert load(body + "# anew\n").digest == policy.digest
    changed = reference_table(TABLE).__class__(
        **{**vars(reference_table(TABLE)), "sha256": "0" * 64}
    )
    monkeypatch.setattr("kiaim_server.policy.resolving.reference_table", lambda name: changed)
    assert load(body + "# anew\n").digest != policy.digest
