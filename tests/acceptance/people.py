"""A table of sixteen people whose best release is known: one loner goes, towns become districts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

CONTEXT: Final[Mapping[str, Any]] = {"release.access": "controlled", "release.form": "microdata"}

#: Two small classes per district once towns are generalized, and one loner who is suppressed.
PEOPLE: Final = [
    *((f"N{i}", "north", ("N1", "N2")[i % 2], 30 + i % 3, "fgh"[i % 3]) for i in range(8)),
    *((f"S{i}", "south", ("S1", "S2")[i % 2], 50 + i % 3, "fgh"[i % 3]) for i in range(7)),
    ("L0", "west", "W1", 90, "f"),
]
TABLE: Final = "name,town,age,diagnosis\n" + "".join(
    f"{name},{town},{age},{said}\n" for name, _, town, age, said in PEOPLE
)
TREES: Final = {
    "town": [
        ["N1", "north"],
        ["N2", "north"],
        ["S1", "south"],
        ["S2", "south"],
        ["W1", "west"],
    ],
    "age": [[str(a), f"{a // 10 * 10}s", "*"] for a in (30, 31, 32, 50, 51, 52, 90)],
}

_POLICY: Final = """schema: kiaim/policy/v1
policy: honest
version: "1.0.0"
title: What the sabotaged runs should have kept
effective: {{from: "2026-01-01", review_by: "2099-01-01"}}
sources:
  house: {{cite: "House rule 1", kind: convention}}
classify:
  - {{id: names, names: [name], as: direct, because: Names a person., cite: house}}
  - {{id: known, names: [town, age], as: quasi, because: Neighbours know it., cite: house}}
  - {{id: secret, names: [diagnosis], as: sensitive, because: To be hidden., cite: house}}
rules:
  - id: no-names
    transform:
      - {{columns: "column.name = 'name'", apply: {name}}}
    because: Nobody needs a name to count.
    cite: house
  - id: crowd
    require:
      - k-anonymity: {{at_least: 4}}
      - suppressed-records: {{at_most: 10%}}
      {demand}
    because: A single record can be singled out.
    cite: house
{more}output: {{suppressed: {mode}}}
"""


def policy(name: str = "remove", demand: str = "", more: str = "", mode: str = "drop") -> str:
    """The policy: what becomes of names, one more demand, more keys, and what `output` says."""
    return _POLICY.format(name=name, demand=demand, more=more, mode=mode)
