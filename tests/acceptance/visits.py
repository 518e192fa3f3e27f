"""Visits of patients, and a register with a study in it: tables whose best release is known.

Every town has a single patient with four visits, so that classes of four records are one person's;
three patients make up each of two districts, and one patient is alone in hers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

CONTEXT: Final[Mapping[str, Any]] = {"release.access": "controlled", "release.form": "microdata"}

#: Patient, town.
PATIENTS: Final = [
    ("K-1", "N1"),
    ("K-2", "N2"),
    ("K-3", "N3"),
    ("K-4", "S1"),
    ("K-5", "S2"),
    ("K-6", "S3"),
    ("K-7", "W1"),
]
HEADER: Final = ("patient_id", "town", "diagnosis")
#: Visits in turn, so that records of one patient do not lie together.
VISITS: Final = [
    (patient, town, "fghf"[(visit + i) % 4])
    for visit in range(4)
    for i, (patient, town) in enumerate(PATIENTS)
]
TREES: Final = {"town": [[f"{d}{i}", d, "*"] for d in "NSW" for i in (1, 2, 3)]}

PERSON: Final = "person: {names: [patient_id], because: A patient has many visits., cite: house}\n"

LOCAL: Final = "objective: {recoding: local}\n"

_POLICY: Final = """schema: kiaim/policy/v1
policy: visits
version: "1.0.0"
title: Visits of a hospital
effective: {{from: "2026-01-01", review_by: "2099-01-01"}}
sources:
  house: {{cite: "House rule 1", kind: convention}}
classify:
  - {{id: numbers, names: [patient_id], as: direct, because: Names a person., cite: house}}
  - {{id: known, names: [town], as: quasi, because: Neighbours know it., cite: house}}
  - {{id: secret, names: [diagnosis], as: sensitive, because: To be hidden., cite: house}}
{person}rules:
  - id: no-numbers
    transform:
      - {{columns: "column.name = 'patient_id'", apply: {key}}}
    because: Nobody needs the number.
    cite: house
  - id: crowd
    require:
{demands}
    because: A single patient can be singled out.
    cite: house
output: {{suppressed: {mode}}}
"""

DEMANDS: Final = ("k-anonymity: {at_least: 3}", "suppressed-records: {at_most: 15%}")


def table(rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER) -> str:
    """Rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


def policy(
    *,
    person: str = PERSON,
    demands: Sequence[str] = DEMANDS,
    mode: str = "drop",
    key: str = "remove",
) -> str:
    """The policy: its person key, its demands, and what becomes of suppressed records."""
    listed = "\n".join(f"      - {demand}" for demand in demands)
    return _POLICY.format(person=person, demands=listed, mode=mode, key=key)


#: Ten people of a register, four of them in a study; only the study's records may leave.
STUDY_HEADER: Final = ("patient_id", "town", "diagnosis", "in_study")
STUDY: Final = [
    ("R-0", "N1", "f", "yes"),
    ("R-1", "N1", "g", "no"),
    ("R-2", "N2", "h", "no"),
    ("R-3", "N2", "f", "Yes"),
    ("R-4", "N3", "g", "no"),
    ("R-5", "S1", "h", "no"),
    ("R-6", "S1", "f", "yes"),
    ("R-7", "S2", "g", "NO"),
    ("R-8", "S3", "h", "no"),
    ("R-9", "W1", "f", "yes"),
]
STUDY_DEMANDS: Final = (
    "k-map: {at_least: 4}",
    "delta-presence: {at_most: 50%}",
    "suppressed-records: {at_most: 25%}",
)
