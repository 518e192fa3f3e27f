"""Evidence lets a recount see persons and population; whatever is changed in it is noticed."""

from __future__ import annotations

import stat
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiaim_server.audit import Layout, Source, recount
from kiaim_server.audit.corroboration import contradictions
from kiaim_server.audit.evidence import read_evidence
from kiaim_server.encode import count_tuples, encode_table
from kiaim_server.errors import DataError
from kiaim_server.model.evidence import evidence_columns
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.progress import Silent
from kiaim_server.model.table import Table
from kiaim_server.transform import Standing, release_columns, write_evidence, write_release

TOWN = Hierarchy.from_columns(
    "town", [["N1", "N2", "S1", None], ["N", "N", "S", None], list("****")]
)
AGE = Hierarchy.from_columns("age", [["1", "2"], ["*", "*"]])

#: Town, age, illness, person, whether in the subset.
RECORDS = st.lists(
    st.tuples(
        st.sampled_from(["N1", "N2", "S1", None]),
        st.sampled_from([1, 2]),
        st.sampled_from("xy"),
        st.sampled_from(["A", "a", "B", "0", "00"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=25,
)


class Case:
    """A release written from records as the pipeline writes it: a file and its evidence."""

    def __init__(
        self,
        folder: Path,
        records,
        levels,
        *,
        subset: bool,
        persons: bool,
        mode: str,
        format: str,
        suppressed=frozenset(),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        town, age, ill, who, member = zip(*records, strict=True)
        self.records, self.levels, self.mode, self.format = records, levels, mode, format
        self.table = Table("t", pa.table({"town": town, "age": age, "ill": ill}))
        self.who = pa.chunked_array([who])
        self.member = np.array(member) if subset else np.ones(len(records), dtype=np.bool_)
        if not self.member.any():
            self.member[0] = True
        self.shown = [self._shown(record) for record in records]
        lost = np.array([shown in suppressed for shown in self.shown])
        self.lost = lost & self.member
        self.present = self.member & (~self.lost if mode == "drop" else True)
        encoded = encode_table(self.table, [TOWN, AGE], {})
        self.star = mode == "star" and bool(self.lost.any())
        tuples = count_tuples(encoded)
        columns = release_columns(self.table, tuples, (TOWN, AGE), levels, star=self.star)
        shown = {
            tree.attribute: tree.maps[level][codes]
            for tree, level, codes in zip((TOWN, AGE), levels, tuples.codes, strict=True)
        }
        self.data = folder / f"data.{format}"
        self.evidence = folder / "evidence.parquet"
        for path in (self.data, self.evidence):
            path.unlink(missing_ok=True)
        write_release(
            self.table, columns, self.lost, mode, self.data, format, Silent(), self.member
        )
        codes = self.who.combine_chunks().dictionary_encode().indices.to_numpy()
        standing = Standing(
            self.present, self.lost, self.member if subset else None, codes if persons else None
        )
        write_evidence(self.table, columns, tuples, shown, standing, self.evidence, format)
        self.persons, self.subset = persons, subset
        self.layout = Layout(
            format, ("town", "age"), ("ill",), mode, int(self.lost.sum()), {}, persons, subset
        )
        self.source = Source(
            self.table,
            {h.attribute: (h, level) for h, level in zip((TOWN, AGE), levels, strict=True)},
            self.lost,
            mode,
            persons=self.who if persons else None,
            membership=pa.chunked_array([pa.array(self.member)]) if subset else None,
        )

    def _shown(self, record) -> tuple[str | None, str | None]:
        labels = []
        for hierarchy, level, value in zip((TOWN, AGE), self.levels, record[:2], strict=True):
            leaf = hierarchy.labels[0].tolist().index(None if value is None else str(value))
            labels.append(hierarchy.labels[level][hierarchy.maps[level][leaf]])
        return tuple(labels)

    def unit(self, i: int) -> object:
        """What counts once: a person, or the record itself."""
        return self.records[i][3] if self.persons else i

    def read(self):
        return read_evidence(self.evidence, self.layout)


@given(
    RECORDS,
    st.tuples(st.integers(0, 2), st.integers(0, 1)),
    st.sampled_from(["drop", "star"]),
    st.sampled_from(["csv", "parquet"]),
    st.tuples(st.booleans(), st.booleans()),
    st.integers(0, 3),
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_recount_with_evidence_is_a_count_by_hand(
    tmp_path, records, levels, mode, format, counts, doomed
) -> None:
    subset, persons = counts
    plain = Case(
        tmp_path / "a", records, levels, subset=subset, persons=persons, mode=mode, format=format
    )
    inside = sorted({s for s, m in zip(plain.shown, plain.member, strict=True) if m}, key=str)
    gone = frozenset(inside[:doomed])
    if mode == "star" and any(shown == ("*", "*") for shown in inside):
        gone = frozenset()  # a kept class that looks suppressed is refused elsewhere
    case = Case(
        tmp_path / "b",
        records,
        levels,
        subset=subset,
        persons=persons,
        mode=mode,
        format=format,
        suppressed=gone,
    )
    evidence = case.read()
    assert contradictions(evidence, case.source, persons=persons, population=subset) == ()
    found = recount(case.data, case.layout, evidence)
    classes, population, ills = defaultdict(set), defaultdict(set), defaultdict(set)
    reference = defaultdict(set)
    for i, shown in enumerate(case.shown):
        population[shown].add(case.unit(i))
        if case.present[i]:
            reference[case.records[i][2]].add(case.unit(i))
        if case.member[i] and not case.lost[i]:
            classes[shown].add(case.unit(i))
            ills[shown, case.records[i][2]].add(case.unit(i))
    expected = sorted(
        (len(units), len(population[shown]) if subset else 0) for shown, units in classes.items()
    )
    around = found.population.tolist() if subset else [0] * len(found.sizes)
    assert sorted(zip(found.sizes.tolist(), around, strict=True)) == expected
    assert sorted(found.sensitive["ill"].counts.tolist()) == sorted(map(len, ills.values()))
    in_order = [len(reference[v]) for v in "xy" if v in reference]
    assert found.sensitive["ill"].reference.tolist() == in_order
    if subset:
        members = {s for s, m in zip(case.shown, case.member, strict=True) if m}
        assert found.absent == len(set(population) - members)
    if persons:
        assert found.persons == len({case.unit(i) for i in np.flatnonzero(case.present)})


EXAMPLE = [
    ("N1", 1, "x", "A", True),
    ("N2", 1, "y", "B", True),
    ("N1", 2, "x", "A", True),
    (None, 2, "y", "C", True),
    ("N2", 1, "y", "B", False),
    ("N1", 1, "y", "D", False),
    ("S1", 2, "x", "E", False),
]


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(
        tmp_path,
        EXAMPLE,
        (1, 0),
        subset=True,
        persons=True,
        mode="drop",
        format="csv",
        suppressed=frozenset({("N", "2")}),
    )


def test_what_the_evidence_looks_like(case: Case) -> None:
    rows = pq.read_table(case.evidence).to_pylist()
    nothing = {"outside": None, "suppressed": None, "qi:town": None, "qi:age": None}
    assert rows[:3] == [{"person": n, **nothing} for n in (0, 1, 2)]
    assert rows[3:] == [
        {"person": None, "outside": 1, "suppressed": 0, "qi:town": "N", "qi:age": "1"},
        {"person": None, "outside": 1, "suppressed": 0, "qi:town": "S", "qi:age": "2"},
    ]
    assert stat.S_IMODE(case.evidence.stat().st_mode) == 0o600


def _rewrite(case: Case, change) -> None:
    table = change(pq.read_table(case.evidence))
    pq.write_table(table, case.evidence)


def _set(name: str, row: int, value):
    def change(table: pa.Table) -> pa.Table:
        values = table.column(name).to_pylist()
        values[row] = value
        field = table.schema.field(name)
        return table.set_column(table.column_names.index(name), field, pa.array(values, field.type))

    return change


LIES = {
    "one person becomes two": _set("person", 1, 2),
    "two persons become one": _set("person", 2, 1),
    "a number that could say something": _set("person", 0, 4711),
    "more of the population": _set("outside", 3, 7),
    "less of the population": _set("outside", 4, 0),
    "a group that was suppressed": _set("suppressed", 4, 1),
    "another group": _set("qi:town", 4, "W"),
    "a group is left out": lambda table: table.slice(0, 4),
    "a group of nobody": lambda table: pa.concat_tables(
        [table, _set("qi:town", 0, "W")(table.slice(4))]
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_evidence_that_lies_is_convicted_by_the_input(case: Case, lie: str) -> None:
    assert contradictions(case.read(), case.source, persons=True, population=True) == ()
    _rewrite(case, LIES[lie])
    (sentence,) = contradictions(case.read(), case.source, persons=True, population=True)
    assert "evidence" in sentence


BROKEN = {
    "no Parquet": None,
    "columns of another file": lambda t: t.rename_columns([*t.column_names[:-1], "qi:sex"]),
    "a column is missing": lambda t: t.drop_columns(["suppressed"]),
    "no whole numbers": lambda t: t.set_column(0, "person", t.column("person").cast(pa.float64())),
    "a record without person": _set("person", 1, None),
    "a person and a group in one row": _set("outside", 0, 1),
    "a group without a number": _set("outside", 4, None),
    "a group twice": lambda t: pa.concat_tables([t, t.slice(4)]),
    "persons after groups": lambda t: t.take([3, 4, 0, 1, 2]),
}


@pytest.mark.parametrize("how", BROKEN)
def test_evidence_of_another_form_is_not_read(case: Case, how: str) -> None:
    change = BROKEN[how]
    if change is None:
        case.evidence.write_bytes(b"PAR1 or not")
    else:
        _rewrite(case, change)
    with pytest.raises(DataError, match=r"evidence\.parquet"):
        case.read()


def test_a_missing_file_is_not_read(case: Case) -> None:
    case.evidence.unlink()
    with pytest.raises(DataError, match="no such file"):
        case.read()


@pytest.mark.parametrize("field", ["persons", "population"])
def test_evidence_says_no_more_than_is_counted(case: Case, field: str) -> None:
    from dataclasses import replace

    with pytest.raises(DataError, match=field.rstrip("s")):
        read_evidence(case.evidence, replace(case.layout, **{field: False}))


def test_evidence_of_a_longer_file_is_not_counted_with(case: Case) -> None:
    evidence = case.read()
    lines = case.data.read_text().splitlines(keepends=True)
    case.data.write_text("".join(lines[:-1]))
    found = recount(case.data, case.layout, evidence)
    assert found.lacking
    assert found.persons is None


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_persons_belong_to_records_by_their_place_in_a_large_file(tmp_path, format) -> None:
    """Several row groups, read by several threads; every record's class tells its person."""
    n = 400_000
    numbers = np.arange(n) * 7919 % n // 4
    table = pa.table({"q": pa.array(numbers.astype(str)), "s": pa.array(["x"] * n)})
    path = tmp_path / f"data.{format}"
    if format == "parquet":
        pq.write_table(table, path, row_group_size=30_000)
    else:
        pyarrow.csv.write_csv(table, path, pyarrow.csv.WriteOptions(quoting_style="needed"))
    evidence = tmp_path / "evidence.parquet"
    names = evidence_columns(("q",))
    nothing = pa.nulls(n, pa.int64())
    columns = [pa.array(numbers), nothing, nothing, pa.nulls(n, pa.string())]
    pq.write_table(pa.table(columns, names=list(names)), evidence)
    layout = Layout(format, ("q",), ("s",), persons=True)
    found = recount(path, layout, read_evidence(evidence, layout))
    assert found.sizes.tolist() == [1] * (n // 4)
    assert found.record_sizes.tolist() == [4] * (n // 4)
    assert found.persons == n // 4


def test_a_date_that_is_not_generalised_is_found_in_the_population(tmp_path) -> None:
    """Evidence shows values as the file does, whatever their type."""
    import datetime

    days = [datetime.date(2026, 1, 1), datetime.date(2026, 1, 2), None]
    times = [datetime.datetime(2026, 1, 1, 12, 30), None, datetime.datetime(2026, 1, 1)]
    weights = [0.1, 1e22, None]
    for format in ("csv", "parquet"):
        folder = tmp_path / format
        folder.mkdir()
        table = Table("t", pa.table({"day": days * 2, "at": times * 2, "kg": weights * 2}))
        texts = {
            "day": ["2026-01-01", "2026-01-02", None],
            "at": ["2026-01-01 12:30:00.000000", "2026-01-01 00:00:00.000000", None],
            "kg": ["0.1", "1e+22", None],
        }
        trees = [Hierarchy.from_columns(n, [t, ["*"] * 3]) for n, t in texts.items()]
        tuples = count_tuples(encode_table(table, trees, {}))
        columns = release_columns(table, tuples, trees, (0, 0, 0), star=False)
        shown = {tree.attribute: c for tree, c in zip(trees, tuples.codes, strict=True)}
        members = np.array([True] * 3 + [False] * 3)
        nobody = np.zeros(6, dtype=np.bool_)
        data, evidence = folder / f"data.{format}", folder / "evidence.parquet"
        write_release(table, columns, nobody, "drop", data, format, Silent(), members)
        standing = Standing(members, nobody, members)
        write_evidence(table, columns, tuples, shown, standing, evidence, format)
        layout = Layout(format, ("day", "at", "kg"), population=True)
        found = recount(data, layout, read_evidence(evidence, layout))
        assert found.sizes.tolist() == [1, 1, 1]
        assert found.population.tolist() == [2, 2, 2]
        assert found.absent == 0
