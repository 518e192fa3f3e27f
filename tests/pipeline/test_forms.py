"""Demands on the form of cells, through the whole pipeline: brought about, counted, verified."""

from __future__ import annotations

import csv
import datetime
import random

import pytest

from kiaim_server.audit import verify
from kiaim_server.model.progress import Silent
from kiaim_server.pipeline import ReleaseRequest, Workbench, plan
from tests.acceptance.journey import run
from tests.pipeline.desk import HEAD, release, released

BODY = """
classify:
  - {id: days, names: [admission], as: quasi, kind: date, because: Known., cite: house}
  - {id: ages, names: [age], as: quasi, kind: age, because: Known., cite: house}
  - {id: places, names: [zip], as: quasi, kind: geography, because: Known., cite: house}
hierarchies:
  - {id: codes, names: [zip], build: {redaction: {}}}
  - {id: bands, names: [age], build: {intervals: {widths: [5, 10, 20], top: 90}}}
  - {id: calendar, names: [admission], build: {dates: {levels: [month, year, decade]}}}
rules:
  - id: forms
    require:
      - form-violations: {columns: column.kind = 'date', form: year}
      - form-violations: {columns: column.kind = 'age', form: age, oldest: 89}
      - form-violations:
          columns: column.kind = 'geography'
          form: zip3
          reference: us-zip3-population@2022
          more_than: 20000
      - reidentification-risk: {attacker: marketer, measure: average, at_most: 100%%}
%s
    because: x
    cite: house
"""
ORDERS = {
    "date": "{columns: column.kind = 'date', apply: generalise, to: year}",
    "age": "{columns: column.kind = 'age', apply: top-code, above: 89, label: \"90+\"}",
    "geography": "{columns: column.kind = 'geography', apply: three-digit-zip, "
    "reference: us-zip3-population@2022, more_than: 20000}",
}


def body(demands, without=()):
    """The policy with further demands, and orders for all kinds but some."""
    orders = [f"    transform: [{order}]" for kind, order in ORDERS.items() if kind not in without]
    rules = BODY % "".join(f"      - {demand}\n" for demand in demands)
    for number, order in enumerate(orders):
        rules += f"  - id: order-{number}\n{order}\n    because: x\n    cite: house\n"
    return rules


def rows(n=300, seed=7):
    draw = random.Random(seed)
    zips = ["02139", "03601", "10001", "09012", "57601", "57602"]
    first = datetime.date(2019, 1, 1)
    yield ["admission", "age", "zip"]
    for _ in range(n):
        day = first + datetime.timedelta(days=draw.randrange(700))
        yield [day.isoformat(), draw.randrange(0, 105), draw.choice(zips)]


@pytest.mark.parametrize("recoding", ["full-domain", "local"])
@pytest.mark.parametrize("k", [None, 2, 6])
def test_what_transforms_bring_about_is_counted_on_the_file(tmp_path, k, recoding):
    demands = ["suppressed-records: {at_most: 20%}"]
    demands += [f"k-anonymity: {{at_least: {k}}}"] if k else []
    objective = f"objective: {{recoding: {recoding}}}\n"
    outcome = release(tmp_path, rows(), body(demands) + objective)
    for record in released(outcome):
        assert record["zip"] in {"021", "000", "100", "576", "02*", "10*", "57*", "*"} | {
            f"{digit}**" for digit in "0125"
        }
        assert len(record["admission"].removesuffix("s")) in (1, 4)
        last = record["age"].rpartition("-")[2]
        assert last in ("*", "90+") or int(last) <= 89
    findings = [f for f in outcome.decision.findings if f.clause.measure == "form-violations"]
    assert [(f.clause.attribute, f.measured, f.met) for f in findings] == [
        ("age", 0, True),
        ("admission", 0, True),
        ("zip", 0, True),
    ]
    checked = verify(outcome.files["manifest"], outcome.files["data"])
    assert checked.ok, checked.checks


@pytest.mark.parametrize(("kind", "column"), [("date", "admission"), ("age", "age")])
def test_a_table_that_keeps_a_finer_form_is_refused_by_the_audit(tmp_path, kind, column):
    outcome = release(tmp_path, rows(), body([], without=[kind]))
    assert outcome.decision.verdict == "refuse"
    (broken,) = [f for f in outcome.decision.findings if not f.met]
    assert (broken.clause.measure, broken.clause.attribute) == ("form-violations", column)
    ages = [age for _, age, _ in list(rows())[1:]]
    assert broken.measured == (300 if kind == "date" else sum(age > 89 for age in ages))
    assert "data" not in outcome.files


def test_without_the_order_a_five_digit_code_is_refused(tmp_path):
    outcome = release(tmp_path, rows(), body([], without=["geography"]))
    (broken,) = [f for f in outcome.decision.findings if not f.met]
    assert (broken.clause.attribute, broken.measured) == ("zip", 300)


@pytest.mark.parametrize("without", [[], ["date"], ["age"], ["geography"]])
@pytest.mark.parametrize("recoding", ["full-domain", "local"])
def test_a_plan_foresees_what_the_audit_counts(tmp_path, without, recoding):
    text = body(["k-anonymity: {at_least: 2}", "suppressed-records: {at_most: 20%}"], without)
    text += f"objective: {{recoding: {recoding}}}\n"
    outcome = release(tmp_path, rows(), text)
    request = ReleaseRequest(
        data=tmp_path / "table.csv",
        name="table.csv",
        policy=tmp_path / "own.policy.yaml",
        context={},
    )
    workbench = Workbench.open(tmp_path / "keys")
    foreseen = plan(request, workbench, tmp_path, Silent()).decision

    def counted(decision):
        forms = [f for f in decision.findings if f.clause.measure == "form-violations"]
        return {f.clause.attribute: (f.measured, f.met) for f in forms}

    assert counted(foreseen) == counted(outcome.decision)
    assert foreseen.verdict == outcome.decision.verdict


def test_a_changed_cell_or_another_table_of_residents_does_not_verify(tmp_path, monkeypatch):
    outcome = release(tmp_path, rows(), body([]))
    records = released(outcome)
    for column, cell in (("zip", "036"), ("age", "97"), ("admission", "2019-03-05")):
        changed = tmp_path / f"{column}.csv"
        with changed.open("w", newline="") as file:
            writer = csv.DictWriter(file, records[0])
            writer.writeheader()
            writer.writerows([{**records[0], column: cell}, *records[1:]])
        checks = verify(outcome.files["manifest"], changed).checks
        broken = [c for c in checks if c.name.startswith("form-violations") and not c.ok]
        assert len(broken) == 1
        assert column in broken[0].name


def test_columns_that_are_no_quasi_identifiers_are_counted_too(tmp_path):
    text = body([], without=["date"]).replace("as: quasi, kind: date", "as: sensitive, kind: date")
    outcome = release(tmp_path, rows(), text)
    (broken,) = [f for f in outcome.decision.findings if not f.met]
    assert (broken.clause.attribute, broken.measured) == ("admission", 300)


def test_persons_are_counted_by_the_key_and_cells_all_the_same(tmp_path):
    person = "person: {names: [who], because: x, cite: house}\n"
    classify = "classify:\n  - {id: who, names: [who], as: direct, kind: identifier, "
    text = body([]).replace("classify:\n", classify + "because: x, cite: house}\n")
    text += "  - id: gone\n    transform: [{columns: column.role = 'direct', apply: remove}]\n"
    text += "    because: x\n    cite: house\n" + person
    table = [[*row, "who" if i == 0 else i // 3] for i, row in enumerate(rows())]
    outcome = release(tmp_path, table, text)
    assert released(outcome)
    evidence = outcome.files["evidence"]
    assert verify(outcome.files["manifest"], outcome.files["data"], evidence=evidence).ok
    lacking = verify(outcome.files["manifest"], outcome.files["data"])
    assert all(c.ok for c in lacking.checks if c.name.startswith("form-violations"))


def test_the_report_says_what_was_counted_in_words(tmp_path):
    outcome = release(tmp_path, rows(), body([]))
    page = outcome.files["report"].read_text()
    assert "anything finer than a year" in page
    assert "an age above 89" in page
    assert "20,000 or fewer residents" in page


def test_both_engines_release_the_same(tmp_path):
    import pandas as pd

    first = release(tmp_path, rows(), body([]))
    table = tmp_path / "table.parquet"
    pd.DataFrame(list(rows())[1:], columns=["admission", "age", "zip"]).to_parquet(table)
    (tmp_path / "own.policy.yaml").write_text(HEAD + body([]))
    stored = run(table, tmp_path / "own.policy.yaml", tmp_path / "b", context={}, engine="duckdb")
    held = run(table, tmp_path / "own.policy.yaml", tmp_path / "c", context={}, engine="memory")
    assert stored.files["data"].read_bytes() == held.files["data"].read_bytes()
    assert released(held) == released(first)
