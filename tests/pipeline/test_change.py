"""What a policy orders for one column, together, as the released file shows it."""

import pytest

from kiaim_server.errors import DataError, HierarchyError
from tests.pipeline.desk import release, released

AGES = [["age", "pay"], *([str(age), str(age * 10)] for age in range(80, 96) for _ in range(2))]

POLICY = """
classify:
  - {id: age, names: [age], as: %s, kind: age, because: Known to neighbours.}
  - {id: pay, names: [pay], as: insensitive, because: Made up.}
hierarchies:
  - {id: bands, kinds: [age], build: {intervals: {widths: [%s]}}}
rules:
  - id: ages
    transform:
      - {columns: "column.kind = 'age'", apply: generalise, to: bands, unit: 5}
      - {columns: "column.kind = 'age'", apply: top-code, above: 89%s}
    require:
      - k-anonymity: {at_least: 2}
    because: Few are so old.
    cite: house
"""


@pytest.mark.parametrize("role", ["quasi", "insensitive"])
@pytest.mark.parametrize(
    ("label", "shown"),
    [
        (', label: "90+"', {"80-84": 10, "85-89": 10, "90+": 12}),
        ("", {"80-84": 10, "85-89": 22}),
    ],
)
def test_top_coding_and_bands_are_both_applied(tmp_path, role, label, shown):
    outcome = release(tmp_path, AGES, POLICY % (role, "5, 10", label))
    ages = [record["age"] for record in released(outcome)]
    assert {age: ages.count(age) for age in sorted(set(ages))} == shown
    (column,) = [c for c in outcome.report["columns"] if c["name"] == "age"]
    assert [t["name"] for t in column["transforms"]] == ["top-code", "generalise"]


def test_both_ends_of_a_quasi_identifier_are_coded_and_stay_apart_in_its_bands(tmp_path):
    body = POLICY.replace(
        "    require",
        "      - {columns: \"column.kind = 'age'\", apply: bottom-code, below: 82, "
        'label: "<82"}\n    require',
    )
    ages = {
        r["age"] for r in released(release(tmp_path, AGES, body % ("quasi", "5", ', label: "90+"')))
    }
    assert ages == {"<82", "80-84", "85-89", "90+"}


def test_a_label_is_the_only_thing_that_may_be_added_to_a_written_hierarchy(tmp_path):
    written = {"age": [[str(a), "young" if a < 85 else "old", "*"] for a in range(80, 90)]}
    body = POLICY.replace("to: bands, unit: 5", "to: level 1") % ("quasi", "5", ', label: "90+"')
    ages = {r["age"] for r in released(release(tmp_path, AGES, body, hierarchies=written))}
    assert ages == {"young", "old", "90+"}


ILLNESS = """
classify:
  - {id: icd, names: [icd], as: %s, kind: code, because: Health.}
  - {id: town, names: [town], as: quasi, because: Known.}
hierarchies:
  - {id: codes, kinds: [code], build: {redaction: {}}}
  - {id: towns, names: [town], build: {values: {}}}
rules:
  - id: chapters
    transform: [{columns: "column.kind = 'code'", apply: generalise, to: %s}]
    require: [k-anonymity: {at_least: 2}]
    because: Chapters are enough.
    cite: house
"""
CODES = [["icd", "town"], *[[code, "Ulm"] for code in ("C50", "C51", "D10", "D11", "")] * 2]


@pytest.mark.parametrize("role", ["sensitive", "insensitive", "quasi"])
def test_the_hierarchies_of_a_policy_serve_every_column_that_is_generalised(tmp_path, role):
    outcome = release(tmp_path, CODES, ILLNESS % (role, "redacted 2"))
    codes = [record["icd"] for record in released(outcome)]
    assert {code: codes.count(code) for code in codes} == {"C**": 4, "D**": 4, "": 2}


def test_a_written_hierarchy_serves_a_column_that_is_generalised(tmp_path):
    written = {"icd": [["C50", "C"], ["C51", "C"], ["D10", "D"], ["D11", "D"], ["", "none"]]}
    outcome = release(tmp_path, CODES, ILLNESS % ("sensitive", "level 1"), hierarchies=written)
    assert {record["icd"] for record in released(outcome)} == {"C", "D", ""}


def test_a_level_that_no_hierarchy_of_the_column_has_is_refused(tmp_path):
    with pytest.raises(
        DataError, match=r"'generalise' to 'chapter' needs .* but its hierarchy has"
    ):
        release(tmp_path, CODES, ILLNESS % ("sensitive", "chapter"))


def test_a_written_hierarchy_that_lacks_the_level_is_named_as_the_cause(tmp_path):
    written = {"age": [[str(a), "young" if a < 85 else "old", "*"] for a in range(80, 96)]}
    with pytest.raises(HierarchyError) as caught:
        release(tmp_path, AGES, POLICY % ("quasi", "5", ""), hierarchies=written)
    message = str(caught.value)
    assert message.startswith("column 'age': own/ages orders 'generalise' to the level 'width 5'")
    assert "it has level 0, level 1, level 2" in message
    assert "order one of its levels instead" in message


def test_a_built_hierarchy_that_lacks_the_level_is_named_as_the_cause(tmp_path):
    with pytest.raises(
        HierarchyError, match=r"own/ages orders .* 'width 5', .*it has value, width 10"
    ):
        release(tmp_path, AGES, POLICY % ("quasi", "10", ""))
