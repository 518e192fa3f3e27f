"""Everything a clumsy user can hand in, once, for both faces.

Every cell of a text column starts with ``ZZ``, so that a message that quotes a cell gives itself
away. A case says what is wrong, which words the answer must have, and how the request ends.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pyarrow as pa
import pyarrow.parquet as pq

#: What no message may contain.
MARK: Final = "ZZ"

HEADER: Final = "name,town,sex,diagnosis"
ROWS: Final = tuple(
    f"ZZNAME{i},ZZTOWN{i % 4},ZZSEX{i % 2},ZZDIAG{'abc'[i // 2 % 3]}" for i in range(12)
)
TABLE: Final = "\n".join((HEADER, *ROWS)) + "\n"

CONTEXT: Final[Mapping[str, Any]] = {
    "release.access": "controlled",
    "release.form": "microdata",
}

HIERARCHIES: Final[Mapping[str, Sequence[Sequence[str]]]] = {
    "town": [
        ["ZZTOWN0", "even", "*"],
        ["ZZTOWN1", "odd", "*"],
        ["ZZTOWN2", "even", "*"],
        ["ZZTOWN3", "odd", "*"],
    ],
    "sex": [["ZZSEX0", "*"], ["ZZSEX1", "*"]],
}

POLICY: Final = """schema: kiaim/policy/v1
policy: clumsy
version: "1.0.0"
title: What the tests of bad input ask for
summary: Removes names and keeps everybody in a crowd.
status: draft
owner: tests
effective: {from: "2026-01-01", review_by: "2099-01-01"}
sources:
  house: {cite: "House rule 1", kind: convention}
classify:
  - {id: names, names: [name], as: direct, because: Names a person., cite: house}
  - {id: known, names: [town, sex], as: quasi, because: Neighbours know it., cite: house}
  - {id: secret, names: [diagnosis], as: sensitive, because: What is to be hidden., cite: house}
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

Ending = Literal["wrong", "refused"]


@dataclass(frozen=True)
class Case:
    """A request that must not lead to a release.

    Attributes
    ----------
    says
        Words that the answer must have: what is at fault, what was expected.
    kind
        Last part of the problem's type; for a refusal not looked at.
    at
        Where the server finds it: ``upload``, ``submit`` (of the job) or ``work``.
    gaps
        Whether the answer may quote values: those that a hierarchy lacks.
    """

    id: str
    says: tuple[str, ...]
    kind: str
    at: Literal["upload", "submit", "work"]
    ends: Ending = "wrong"
    table: bytes = TABLE.encode()
    name: str = "patients.csv"
    policy: str = POLICY
    hierarchies: Mapping[str, Sequence[Sequence[str]]] = field(
        default_factory=lambda: dict(HIERARCHIES)
    )
    gaps: bool = False


def _table(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def _parquet(names: Sequence[str] | None = None, n_records: int = len(ROWS)) -> bytes:
    columns = [pa.array(column) for column in zip(*(r.split(",") for r in ROWS), strict=True)]
    table = pa.table(columns, names=list(names or HEADER.split(",")))
    sink = io.BytesIO()
    pq.write_table(table.slice(0, n_records), sink)
    return sink.getvalue()


def _policy(old: str, new: str) -> str:
    assert old in POLICY
    return POLICY.replace(old, new)


_MORE: Final = "      - suppressed-records: {at_most: 50%}\n"


def _demand(line: str) -> str:
    return _policy(_MORE, _MORE + f"      - {line}\n")


def _data(id_: str, table: bytes, *says: str, name: str = "patients.csv") -> Case:
    return Case(id_, (name, *says), "invalid-data", "upload", table=table, name=name)


def _bad_policy(id_: str, policy: str, *says: str) -> Case:
    return Case(id_, says, "invalid-policy", "submit", policy=policy)


def _tree(id_: str, rows: Sequence[Sequence[str]], *says: str) -> Case:
    trees = {**HIERARCHIES, "town": rows}
    return Case(id_, ("town", *says), "invalid-hierarchy", "submit", hierarchies=trees)


def _refused(id_: str, policy: str, *says: str, **more: Any) -> Case:
    return Case(id_, says, "", "work", ends="refused", policy=policy, **more)


_TOWNS: Final = HIERARCHIES["town"]
_GAPPY: Final = TABLE + "".join(
    f"ZZNAME{i},ZZLOST{i},ZZSEX0,ZZDIAGa\nZZNAME{i},ZZLOST{i},ZZSEX0,ZZDIAGa\n" for i in range(7)
)

CASES: Final = (
    _data("empty file", b"", "0 bytes"),
    _data("blank lines only", b"\n\n  \n", "expected a table"),
    _data("header only", _table(HEADER), "no records"),
    _data("header only, parquet", _parquet(n_records=0), "no records", name="t.parquet"),
    _data("name twice", _table("town,town,sex,diagnosis", *ROWS), "'town'"),
    _data("names missing", _table("name,,sex,diagnosis", *ROWS), "name"),
    _data("all names missing", _table(",,,", *ROWS), "name"),
    _data("a short row", _table(HEADER, *ROWS, "ZZNAME,ZZTOWN0"), "line 14", "4"),
    _data("a long row", _table(HEADER, ROWS[0] + ",ZZmore", *ROWS), "line 2", "4"),
    _data("an open quote", _table(HEADER, 'ZZNAME,"ZZTOWN0,a,b', *ROWS), "line 2"),
    _data("no text", _parquet(), "patients.csv"),
    _data(
        "name twice, parquet",
        _parquet(["name", "town", "town", "diagnosis"]),
        "'town'",
        name="t.parquet",
    ),
    _data("truncated parquet", _parquet()[:-200], "truncated", name="t.parquet"),
    _data("half a parquet", _parquet()[:90], "truncated", name="t.parquet"),
    _data("a csv called parquet", TABLE.encode(), "Parquet", name="t.parquet"),
    _data("a csv called xlsx", TABLE.encode(), "t.xlsx", name="t.xlsx"),
    Case(
        "values outside the hierarchy",
        ("'town'", "7 values", "14 of 26", "'ZZLOST0'", "'ZZLOST4'", "2 more", "add a row"),
        "invalid-hierarchy",
        "work",
        table=_GAPPY.encode(),
        gaps=True,
    ),
    Case(
        "no hierarchy",
        ("'town'", "hierarchy_town.csv"),
        "invalid-hierarchy",
        "work",
        hierarchies={"sex": HIERARCHIES["sex"]},
    ),
    _tree("a value in two rows", [*_TOWNS, _TOWNS[0]], "rows 1 and 5", "one row per value"),
    _tree(
        "a group that splits",
        [["ZZTOWN0", "even", "x"], ["ZZTOWN1", "odd", "x"], ["ZZTOWN2", "even", "y"]],
        "rows 1 and 3",
        "coarsen",
    ),
    _tree("rows of different length", [*_TOWNS, ["ZZTOWN4", "x"]], "row 5", "same number"),
    _refused(
        "k larger than the table",
        _policy("k-anonymity: {at_least: 2}", "k-anonymity: {at_least: 13}"),
        "k-anonymity",
        "13",
        "12",
        "clumsy/crowd",
    ),
    _refused(
        "l larger than the number of values",
        _demand("l-diversity: {variant: distinct, at_least: 4}"),
        "l-diversity",
        "'diagnosis'",
        "4",
        "only 3",
        "clumsy/crowd",
    ),
    _refused(
        "entropy l larger than the number of values",
        _demand("l-diversity: {variant: entropy, at_least: 4}"),
        "l-diversity",
        "diagnosis",
        "4",
    ),
    _bad_policy(
        "t above 1", _demand("t-closeness: {variant: equal, at_most: 1.5}"), "1.5", "at_most"
    ),
    _bad_policy("t below 0", _demand("t-closeness: {variant: equal, at_most: -0.1}"), "at_most"),
    _bad_policy("limit above 1", _policy("{at_most: 50%}", "{at_most: 150%}"), "150%", "at_most"),
    _bad_policy("limit of 2", _policy("{at_most: 50%}", "{at_most: 2}"), "at_most", "2%"),
    _bad_policy("limit below 0", _policy("{at_most: 50%}", "{at_most: -0.5}"), "at_most"),
    _bad_policy("k of 0", _policy("{at_least: 2}", "{at_least: 0}"), "at_least"),
    _bad_policy("k of 2.5", _policy("{at_least: 2}", "{at_least: 2.5}"), "whole number"),
    _bad_policy("an unknown key", _policy("rules:\n", "rulez: []\nrules:\n"), "rulez", "rules"),
    _bad_policy(
        "an unknown key of a rule", _policy("    require:\n", "    requires:\n"), "requires"
    ),
    _bad_policy(
        "an unknown parameter", _policy("{at_least: 2}", "{at_last: 2}"), "at_last", "at_least"
    ),
    _bad_policy(
        "an unknown model", _demand("k-anonimity: {at_least: 2}"), "k-anonimity", "k-anonymity"
    ),
    _bad_policy(
        "an unknown transform", _policy("apply: remove", "apply: erase"), "erase", "remove"
    ),
    _bad_policy("no YAML", "schema: [", "policy.yaml"),
    _bad_policy("an empty policy", "", "policy.yaml"),
    _refused(
        "a column without a role",
        _policy("names: [diagnosis]", "names: [diagnosys]"),
        "'diagnosis'",
        "classify",
    ),
    _refused(
        "all records suppressed",
        _policy("{at_most: 50%}", "{at_most: 100%}"),
        "k-anonymity",
        "12 of 12 records",
        table=_table(HEADER, *(f"ZZNAME{i},ZZTOWN{i},ZZSEX0,ZZDIAGa" for i in range(12))),
        hierarchies={
            "town": [[f"ZZTOWN{i}", f"still {i}"] for i in range(12)],
            "sex": HIERARCHIES["sex"],
        },
    ),
)
