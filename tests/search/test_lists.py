"""What the search chooses to count."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest

from kiaim_server.encode import count_tuples, encode_table
from kiaim_server.loss import Loss
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.persons import Persons
from kiaim_server.model.solution import SearchProblem
from kiaim_server.model.table import Table
from kiaim_server.privacy import KAnonymity, KMap, LDiversity
from kiaim_server.search.lists import Lists, lists_of
from kiaim_server.search.rules import rules_of

AGE = Hierarchy.from_columns("age", [["1", "2"], ["*", "*"]])


def _problem(ages, who, ills, models, subset=None) -> SearchProblem:
    table = Table("t.csv", pa.table({"age": list(ages), "who": list(who), "ill": list(ills)}))
    encoded = encode_table(table, [AGE], {"ill": "lexical"}, person="who", subset=subset)
    return SearchProblem(count_tuples(encoded), (AGE,), ((0, 1),), models, 0, Loss())


def _lists(problem: SearchProblem) -> Lists:
    return lists_of(problem, rules_of(problem))


K2 = KAnonymity(Fraction(2))
L2 = LDiversity("distinct", Fraction(2)).for_attribute("ill")


@pytest.mark.parametrize(
    ("who", "models", "n_lists"),
    [
        ("pqrs", (K2,), 1),
        ("pqrs", (K2, L2), 1),
        ("ppqr", (K2,), 2),  # records and persons
        ("ppqr", (K2, L2), 3),
    ],
)
def test_persons_have_lists_only_where_they_are_not_records(who, models, n_lists) -> None:
    lists = _lists(_problem("1122", who, "abab", models))
    assert len(lists.entries) == n_lists
    assert (lists.persons is None) == (who == "pqrs")


def test_local_persons_share_an_end_and_all_others_have_their_own() -> None:
    lists = _lists(_problem("11222", "ppqrp", "aabab", (K2,)))
    persons = lists.entries[1]
    assert persons.ends is not None
    assert persons.ends.is_local.tolist() == [True, False]  # q and r; p
    assert persons.stamps.tolist() == [-1, 0]
    assert persons.mass.tolist() == [1]


def test_a_population_has_the_last_list_where_a_model_looks_at_it() -> None:
    subset = np.array([True, False, True, False])
    with_map = _lists(_problem("1122", "pqrs", "abab", (K2, KMap(Fraction(2))), subset))
    assert with_map.population == len(with_map.entries) - 1
    assert with_map.entries[-1].counts.tolist() == [2, 2]
    assert _lists(_problem("1122", "pqrs", "abab", (K2,), subset)).population is None


def test_some_tuples_of_a_table_are_not_taken_for_all_of_it() -> None:
    """Two records are left, of one person; the table has two persons."""
    problem = _problem("112", "ppq", "aab", (K2,))
    persons = problem.tuples.persons
    assert persons is not None
    first = slice(0, int(persons.groups.indptr[1]))
    left = replace(
        persons.groups,
        indptr=persons.groups.indptr[:2],
        groups=persons.groups.groups[first],
        records=persons.groups.records[first],
    )
    tuples = replace(
        problem.tuples,
        codes=np.ascontiguousarray(problem.tuples.codes[:, :1]),
        counts=np.array([2], dtype=np.int64),
        sensitive={},
        persons=Persons(left),
    )
    assert _lists(replace(problem, tuples=tuples)).persons is not None
