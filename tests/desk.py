"""A small table and a small policy that the tests of the faces work with."""

from __future__ import annotations

from typing import Any, Final

#: Ten patients; nobody shares name, but several share age and sex after generalization.
PATIENTS: Final = """name,age,sex,diagnosis
Ada,34,f,flu
Bob,36,m,asthma
Cem,34,m,flu
Dea,36,f,asthma
Eli,51,m,flu
Fay,52,f,gout
Gus,51,m,gout
Hal,52,m,flu
Ida,51,f,asthma
Jo,52,f,flu
"""

POLICY: Final = """schema: kiaim/policy/v1
policy: clinic-test
version: "1.0.0"
title: A small policy
summary: Says what a release of the tests' tables has to keep.
status: draft
owner: tests
effective: {from: "2026-01-01", review_by: "2099-01-01"}
applies: release.access in ['internal', 'controlled']
sources:
  house: {cite: "House rule 1", kind: convention}
classify:
  - id: names
    names: [name]
    as: direct
    because: Names a person without help of anything else.
    cite: house
  - id: known
    names: [age, sex]
    as: quasi
    because: Known to neighbours and registers.
    cite: house
  - id: secret
    names: [diagnosis]
    as: sensitive
    because: What an attacker wants to learn.
    cite: house
rules:
  - id: no-names
    title: Names are removed
    when: any column where column.role = 'direct'
    transform:
      - {columns: "column.role = 'direct'", apply: remove}
    because: Nobody needs a name to count.
    cite: house
  - id: crowd
    title: Nobody stands alone
    require:
      - k-anonymity: {at_least: 2}
      - suppressed-records: {at_most: 50%}
    because: A single record can be singled out.
    cite: house
"""

CONTEXT: Final[dict[str, Any]] = {"release.access": "controlled", "release.form": "microdata"}

HIERARCHIES: Final[dict[str, list[list[str]]]] = {
    "age": [
        ["34", "30-39", "*"],
        ["36", "30-39", "*"],
        ["51", "50-59", "*"],
        ["52", "50-59", "*"],
    ],
    "sex": [["f", "*"], ["m", "*"]],
}


def stricter(at_least: int) -> str:
    """The policy with another k."""
    return POLICY.replace("k-anonymity: {at_least: 2}", f"k-anonymity: {{at_least: {at_least}}}")
