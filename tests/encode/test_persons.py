"""Persons and research subsets: what is counted of whom."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.encode import count_tuples, encode_table
from kiaim_server.errors import DataError, ParameterError
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.persons import PersonGroups
from kiaim_server.model.table import Table

AGES = Hierarchy.from_columns("age", [list("abcd"), list("**##")])

RECORDS = st.lists(
    st.tuples(
        st.sampled_from("abcd"),  # age
        st.sampled_from("xyz"),  # illness
        st.integers(0, 7),  # person
        st.booleans(),  # in the subset
    ),
    min_size=1,
    max_size=30,
)


def _table(records) -> Table:
    ages, ills, persons, _ = zip(*records, strict=True)
    return Table("t.csv", pa.table({"age": ages, "ill": ills, "who": persons}))


def _persons(groups: PersonGroups, tuples: set[int], value: int | None = None) -> int:
    """Distinct persons of a class, as the structure says."""
    found = {int(g) for t in tuples for g in groups.groups[groups.indptr[t] : groups.indptr[t + 1]]}
    return sum(int(groups.sizes[g]) for g in found if value is None or groups.values[g] == value)


@given(RECORDS, st.sets(st.integers(0, 3)))
def test_groups_count_the_distinct_persons_of_any_class(records, chosen) -> None:
    """A class is any set of tuples."""
    subset = np.array([r[3] for r in records])
    if not subset.any():
        subset[0] = True
    encoded = encode_table(_table(records), [AGES], {"ill": None}, person="who", subset=subset)
    tuples = count_tuples(encoded)
    persons = tuples.persons
    assert persons is not None
    assert persons.population is not None
    members = {t for t in chosen if t < tuples.n_tuples}
    inside = [i for i in range(len(records)) if tuples.record_tuple[i] in members]
    who = [r[2] for r in records]
    assert _persons(persons.population, members) == len({who[i] for i in inside})
    inside = [i for i in inside if subset[i]]
    assert _persons(persons.groups, members) == len({who[i] for i in inside})
    (ill,) = encoded.sensitive
    for value in range(len(ill.labels)):
        having = {who[i] for i in inside if ill.codes[i] == value}
        assert _persons(persons.sensitive["ill"], members, value) == len(having)
    assert persons.n_persons == len({w for w, s in zip(who, subset, strict=True) if s})
    for groups in (persons.groups, persons.sensitive["ill"], persons.population):
        assert (np.diff(groups.values) >= 0).all()
        assert (groups.sizes > 0).all()
        records_per_tuple = np.add.reduceat(
            np.append(groups.records, 0), np.minimum(groups.indptr[:-1], len(groups.records))
        ) * (np.diff(groups.indptr) > 0)
        of_whom = tuples.population if groups is persons.population else tuples.counts
        assert records_per_tuple.tolist() == np.asarray(of_whom).tolist()


@given(RECORDS)
def test_a_subset_counts_as_candidates_and_everybody_as_population(records) -> None:
    subset = np.array([r[3] for r in records])
    if not subset.any():
        subset[-1] = True
    encoded = encode_table(_table(records), [AGES], {"ill": None}, subset=subset)
    tuples = count_tuples(encoded)
    assert tuples.persons is None
    assert tuples.population is not None
    assert tuples.population.tolist() == np.bincount(tuples.record_tuple).tolist()
    assert (
        tuples.counts.tolist()
        == np.bincount(tuples.record_tuple[subset], minlength=tuples.n_tuples).tolist()
    )
    assert tuples.n_records == int(subset.sum())
    assert len(tuples.record_tuple) == encoded.n_records == len(records)
    values = tuples.sensitive["ill"]
    (ill,) = encoded.sensitive
    assert (
        values.reference.tolist()
        == np.bincount(ill.codes[subset], minlength=len(ill.labels)).tolist()
    )
    assert values.counts.sum() == tuples.n_records


def test_persons_with_one_tuple_each_share_the_group_of_the_tuple() -> None:
    records = [("a", "x", who, True) for who in range(5)] + [("b", "x", 5, True)] * 3
    persons = count_tuples(encode_table(_table(records), [AGES], {}, person="who")).persons
    assert persons is not None
    assert persons.groups.sizes.tolist() == [5, 1]
    assert persons.groups.records.tolist() == [5, 3]
    assert persons.population is None


def test_a_record_that_does_not_name_its_person_is_an_error() -> None:
    table = Table("t.csv", pa.table({"who": ["p1", None, "p1", None]}))
    with pytest.raises(DataError, match=r"'who'.* missing in 2 of 4 records") as caught:
        encode_table(table, [], {}, person="who")
    assert caught.value.column == "who"


@pytest.mark.parametrize(
    ("subset", "message"),
    [
        (np.array([True]), "each of 2 records"),
        (np.array([1, 0]), "each of 2 records"),
        (np.array([False, False]), "none of the 2 records"),
    ],
)
def test_a_subset_that_marks_not_every_record_or_none_is_refused(subset, message) -> None:
    table = Table("t.csv", pa.table({"who": ["p1", "p2"]}))
    with pytest.raises(ParameterError, match=message):
        encode_table(table, [], {}, subset=subset)
