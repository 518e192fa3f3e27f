"""A table that local recoding treats record by record, with two towns and one hamlet."""

from __future__ import annotations

from typing import Final

#: Two crowds of equals, and records that have to be generalized to belong anywhere.
TABLE: Final = "town,age,diagnosis\n" + "".join(
    f"{town},{age},{said}\n"
    for town, age, said in [
        *[("Ahof", 31, "flu"), ("Ahof", 31, "gout")] * 3,
        *[("Bdorf", 52, "flu"), ("Bdorf", 52, "asthma")] * 3,
        *[("Ahof", 34, "flu"), ("Ahof", 37, "asthma"), ("Ahof", 38, "gout")],
        *[("Bdorf", 58, "gout"), ("Bdorf", 57, "flu"), ("Bdorf", 51, "gout")],
        ("Chaus", 90, "gout"),
    ]
)

TREES: Final = {
    "town": [["Ahof", "valley", "*"], ["Bdorf", "valley", "*"], ["Chaus", "hill", "*"]],
    "age": [
        *[[str(age), "30-39", "*"] for age in (31, 34, 37, 38)],
        *[[str(age), "50-59", "*"] for age in (51, 52, 57, 58)],
        ["90", "90-99", "*"],
    ],
}


def policy(mode: str, recoding: str = "local") -> str:
    """3-anonymity with at most a twentieth suppressed: all but the hamlet can stay."""
    return f"""schema: kiaim/policy/v1
policy: record-by-record
version: "1.0.0"
title: Recodes record by record
status: draft
effective: {{from: "2026-01-01", review_by: "2099-01-01"}}
sources:
  house: {{cite: "House rule 1", kind: convention}}
classify:
  - {{id: known, names: [town, age], as: quasi, because: Known to neighbours., cite: house}}
  - {{id: secret, names: [diagnosis], as: sensitive, because: Nobody's business., cite: house}}
rules:
  - id: crowd
    title: Nobody stands alone
    require:
      - k-anonymity: {{at_least: 3}}
      - suppressed-records: {{at_most: 1/19}}
    because: A single record can be singled out.
    cite: house
objective: {{recoding: {recoding}}}
output: {{suppressed: {mode}}}
"""
