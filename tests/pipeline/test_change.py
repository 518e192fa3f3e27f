"""What a policy orders for one column, together, as the released file shows it."""

import pytest

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
