"""Tables released under the shipped policies, judged by pandas and the words of each rule."""

import csv
import itertools
from collections import Counter
from importlib import resources

import pandas as pd
import pytest

from kiaim_server.audit import verify
from kiaim_server.errors import DataError, HierarchyError
from kiaim_server.pipeline import Workbench
from kiaim_server.policy import lint_text
from tests.acceptance.journey import run
from tests.acceptance.shipped import (
    CMS,
    EMA,
    HIPAA,
    INTERNAL,
    LETTERS,
    participants,
    patients,
    said,
    stays,
    write,
)

RESIDENTS = resources.files("kiaim_policies") / "tables" / "us-zip3-population@2022.csv"
CONTINENTS = {"DE": "Europe", "FR": "Europe", "US": "Americas", "CA": "Americas", "JP": "Asia"}


@pytest.fixture(scope="module")
def workbench(tmp_path_factory):
    return Workbench.open(tmp_path_factory.mktemp("keys"))


def asked(rows, policy, context, folder, workbench, **more):
    data = write(rows, folder / "table.csv")
    return run(data, policy, folder / "out", context=context, workbench=workbench, **more)


def records(outcome):
    assert "data" in outcome.files, outcome.decision
    with outcome.files["data"].open(newline="") as file:
        return list(csv.DictReader(file))


def frame(outcome):
    return pd.DataFrame(records(outcome))


# --- HIPAA Safe Harbor --------------------------------------------------------------------------


def safe_harbor(row, residents):
    """45 CFR 164.514(b)(2)(i) read for one record, cell by cell."""
    area = row["zip"][:3]
    return {
        "zip": "" if not area else (area if residents.get(area, 0) > 20_000 else "000"),
        "admission_date": row["admission_date"][:4],
        "age": "90+" if int(row["age"]) > 89 else str(row["age"]),
        "state": row["state"],
        "sex": row["sex"],
        "diagnosis_code": row["diagnosis_code"],
    }


@pytest.fixture(scope="module")
def hipaa(tmp_path_factory, workbench):
    folder = tmp_path_factory.mktemp("hipaa")
    return asked(patients(), "hipaa-safe-harbor", HIPAA, folder, workbench)


def test_safe_harbor_gives_what_a_reading_of_the_rule_gives(hipaa):
    header, *rows = patients()
    assert set(LETTERS.values()) == set("ABCDEFGHIJKLMNOPQR")
    lines = [li for li in RESIDENTS.read_text("utf-8").splitlines() if not li.startswith("#")]
    residents = {r["zip3"]: int(r["population"]) for r in csv.DictReader(lines)}
    expected = [safe_harbor(dict(zip(header, row, strict=True)), residents) for row in rows]
    assert records(hipaa) == expected
    shown = {r["zip"] for r in expected}
    assert shown == {"000", "576", "021", "100", "890", "630", ""}
    assert {r["age"] for r in expected} == {"0", "17", "34", "64", "88", "89", "90+"}


def test_no_cell_of_an_identifier_is_left_anywhere(hipaa):
    header, *rows = patients()
    text = hipaa.files["data"].read_text()
    gone = set(LETTERS) - {"zip", "admission_date", "age", "city"} | {"spouse_name", "employer"}
    for row in rows:
        for name, cell in zip(header, row, strict=True):
            if name in gone:
                assert str(cell) not in text, name
    assert "city" not in text
    assert "date_of_birth" not in text


def test_each_form_was_recounted_and_verifies(hipaa):
    forms = {
        (f.clause.attribute, f.clause.parameters["form"]): f.measured
        for f in hipaa.decision.findings
        if f.clause.measure == "form-violations"
    }
    assert forms == {("zip", "zip3"): 0, ("admission_date", "year"): 0, ("age", "age"): 0}
    assert verify(hipaa.files["manifest"], hipaa.files["data"]).ok


def test_zip_codes_that_lost_their_zeros_are_restored_or_refused(tmp_path, workbench):
    header = ["zip", "sex"]
    numbers = [[2139, "f"], [3601, "m"], [10001, "f"]]
    outcome = asked([header, *numbers], "hipaa-safe-harbor", HIPAA, tmp_path, workbench)
    assert [r["zip"] for r in records(outcome)] == ["021", "000", "100"]
    with pytest.raises(DataError, match="'zip': 1 distinct values in 1 records"):
        asked([header, *numbers, [601, "m"]], "hipaa-safe-harbor", HIPAA, tmp_path, workbench)


def test_american_dates_are_refused_until_somebody_says_how_they_are_written(tmp_path, workbench):
    rows = [["admission_date", "sex"], ["03/05/2024", "f"], ["12/31/2023", "m"]]
    with pytest.raises(HierarchyError, match="give 'format'"):
        asked(rows, "hipaa-safe-harbor", HIPAA, tmp_path, workbench)
    own = tmp_path / "our-hospital.policy.yaml"
    own.write_text(
        "schema: kiaim/policy/v1\npolicy: our-hospital\nversion: '1.0.0'\ntitle: Ours\n"
        "extends: [hipaa-safe-harbor@1]\n"
        "hierarchies:\n  - id: written\n    kinds: [date]\n"
        "    build: {dates: {levels: [year, decade], format: '%m/%d/%Y'}}\n"
    )
    outcome = asked(rows, own, HIPAA, tmp_path, workbench)
    assert [r["admission_date"] for r in records(outcome)] == ["2024", "2023"]


@pytest.mark.parametrize(
    ("changed", "verdict", "rule"),
    [
        ({"release.keeps_pseudonym": True}, "refuse", "hipaa-safe-harbor/no-derived-code"),
        ({"attested": said("no-actual-knowledge")}, "review", "current-census-table"),
        ({"attested": said("current-census-table")}, "review", "no-actual-knowledge"),
        ({"release.regime": ["gdpr"]}, "refuse", "does not apply"),
    ],
)
def test_safe_harbor_is_refused_where_a_rule_fails(tmp_path, workbench, changed, verdict, rule):
    outcome = asked(patients(20), "hipaa-safe-harbor", HIPAA | changed, tmp_path, workbench)
    assert outcome.decision.verdict == verdict
    assert any(rule in reason for reason in outcome.decision.reasons)
    assert not {"data", "manifest"} & set(outcome.files)


def test_a_column_of_measurements_blocks_until_somebody_classifies_it(tmp_path, workbench):
    rows = [["sex", "cholesterol"], ["f", 201], ["m", 187]]
    outcome = asked(rows, "hipaa-safe-harbor", HIPAA, tmp_path, workbench)
    assert outcome.decision.verdict == "refuse"
    assert "'cholesterol' is covered by no rule" in outcome.decision.reasons[0]


# --- EMA Policy 0070 ----------------------------------------------------------------------------


def test_a_trial_is_published_in_groups_of_eleven(tmp_path, workbench):
    outcome = asked(participants(), "ema-policy-0070", EMA, tmp_path, workbench)
    table = frame(outcome)
    assert list(table) == ["COUNTRY", "AGE", "SEX", "RFSTDTC", "ARM", "AEDECOD", "AESTDY"]
    quasi = ["COUNTRY", "AGE", "SEX", "RFSTDTC", "ARM"]
    sizes = table.groupby(quasi).size()
    assert sizes.min() >= 11
    assert table.groupby(quasi)["AEDECOD"].nunique().min() >= 2
    assert set(table["COUNTRY"]) <= {*CONTINENTS.values(), "*"}
    assert set(table["RFSTDTC"]) <= {"2021", "2022", "2020s", "*"}
    risk = next(f for f in outcome.decision.findings if "maximum" in f.clause.parameters.values())
    assert risk.measured == pytest.approx(1 / sizes.min())
    assert risk.measured <= 1 / 11
    assert verify(outcome.files["manifest"], outcome.files["data"]).ok


def test_too_few_participants_are_refused(tmp_path, workbench):
    outcome = asked(participants(10), "ema-policy-0070", EMA, tmp_path, workbench)
    assert outcome.decision.verdict == "refuse"
    assert any("ema-policy-0070/threshold-0-09" in r for r in outcome.decision.reasons)


# --- CMS cell size ------------------------------------------------------------------------------


def test_no_table_that_can_be_made_has_a_cell_from_one_to_ten(tmp_path, workbench):
    outcome = asked(stays(), "cms-cell-size", CMS, tmp_path, workbench)
    table = frame(outcome)
    assert list(table) == ["state", "age", "drg", "admission", "outcome"]
    for size in range(1, len(table.columns) + 1):
        for dimensions in itertools.combinations(table.columns, size):
            cells = Counter(table[list(dimensions)].itertuples(index=False, name=None))
            assert min(cells.values()) >= 11, dimensions
    assert len(table) >= 810


def test_a_table_that_would_need_too_much_suppression_is_refused(tmp_path, workbench):
    rows = [["state", "drg"], *([f"S{i}", f"{i}"] for i in range(10))]
    outcome = asked(rows, "cms-cell-size", CMS, tmp_path, workbench)
    assert outcome.decision.verdict == "refuse"
    assert any("cms-cell-size/cells-of-eleven" in r for r in outcome.decision.reasons)


# --- research inside the institution ------------------------------------------------------------


def clinic(n=240):
    yield ["pat_id", "Nachname", "alter", "geschlecht", "icd10"]
    for i in range(n):
        yield [
            f"P{i:04d}",
            f"Name{i}",
            20 + i * 7 % 60,
            "mw"[i % 2],
            ("C50.9", "I10.90")[i // 2 % 2],
        ]


def test_internal_research_keeps_a_pseudonym_and_groups_of_three(tmp_path, workbench):
    outcome = asked(clinic(), "research-internal", INTERNAL, tmp_path, workbench)
    table = frame(outcome)
    assert list(table) == ["pat_id", "alter", "geschlecht", "icd10"]
    assert table["pat_id"].is_unique
    assert not table["pat_id"].str.match(r"P\d{4}$").any()
    assert table.groupby(["alter", "geschlecht"]).size().min() >= 3
    assert any("30 years" in str(warning) for warning in outcome.report["warnings"])
    assert verify(outcome.files["manifest"], outcome.files["data"]).ok


@pytest.mark.parametrize(
    ("changed", "verdict", "rule"),
    [
        ({"recipient.type": "processor"}, "refuse", "processor-needs-contract"),
        ({"attested": said("release-decision", "roles-and-log")}, "review", "pseudonym-necessity"),
        ({"recipient.type": "company"}, "refuse", "does not apply"),
    ],
)
def test_internal_research_is_refused_where_a_rule_fails(
    tmp_path, workbench, changed, verdict, rule
):
    outcome = asked(clinic(), "research-internal", INTERNAL | changed, tmp_path, workbench)
    assert outcome.decision.verdict == verdict
    assert any(rule in reason for reason in outcome.decision.reasons)


# --- synthetic data -----------------------------------------------------------------------------


def test_synthetic_records_are_not_released_by_this_version(tmp_path, workbench):
    context = INTERNAL | {
        "release.form": "synthetic",
        "release.keeps_pseudonym": False,
        "attested": said("release-decision", "attack-tests", "copies-and-membership-tests"),
    }
    outcome = asked(clinic(), "synthetic-release", context, tmp_path, workbench)
    assert outcome.decision.verdict == "refuse"
    assert any("'synthetic'" in reason for reason in outcome.decision.reasons)


EXTENSION = """\
schema: kiaim/policy/v1
policy: our-hospital
version: "1.0.0"
title: Ours
extends: [hipaa-safe-harbor@1]
sources: {us: {cite: House, kind: convention}}
"""
WAIVER = """\
waivers:
  - id: small-areas
    rule: hipaa-safe-harbor/%s
    scope: {when: release.access = 'public'}
    replaces: %s
    by: %s
    reason: We would like to.
    approved_by: [one person, another person]
    until: "2099-12-31"
    cite: us
"""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("parameters: {zip3_residents: {default: 10000}}\n", "P402"),
        ("parameters: {oldest_age: {default: 90}}\n", "P402"),
        (
            WAIVER
            % (
                "dates-to-year",
                "{transform: {apply: generalise, to: year}}",
                "{transform: {apply: generalise, to: month}}",
            ),
            "P208",
        ),
        (WAIVER % ("no-derived-code", "{decide: block}", "{decide: warn}"), "P208"),
        (
            WAIVER
            % (
                "ages-over-89",
                "{require: {form-violations: {form: age, oldest: 89, at_most: 0}}}",
                "{require: {form-violations: {form: age, oldest: 89, at_most: 5}}}",
            ),
            "P208",
        ),
    ],
)
def test_nobody_who_extends_safe_harbor_can_weaken_the_law(workbench, text, code):
    found = lint_text(EXTENSION + text, "our-hospital.policy.yaml", workbench.library)
    assert code in {d.code for d in found if d.severity == "error"}, found


def test_a_hierarchy_or_class_of_ones_own_does_not_bring_small_areas_back(tmp_path, workbench):
    own = tmp_path / "our-hospital.policy.yaml"
    own.write_text(
        EXTENSION + "classify:\n  - {id: z, names: [zip], as: insensitive, because: x, cite: us}\n"
        "hierarchies:\n  - id: h\n    names: [zip]\n    build:\n      order:\n"
        "        names: [zip3]\n        groups: [[{label: '036', values: ['036', '021', '000']}]]\n"
    )
    rows = [["zip", "sex"], ["03601", "f"], ["02139", "m"], ["03602", "f"]]
    outcome = asked(rows, own, HIPAA, tmp_path, workbench)
    assert [r["zip"] for r in records(outcome)] == ["000", "021", "000"]
