"""Tables as search problems: the adult table, and hand-made ones of a few records."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.csv

from kiaim_server.demo import adult_table
from kiaim_server.encode import count_tuples, encode_table
from kiaim_server.hierarchy import shipped_hierarchy
from kiaim_server.loss import Loss
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.solution import SearchProblem
from kiaim_server.model.table import Table
from kiaim_server.privacy import KAnonymity

AGE = Hierarchy.from_columns("age", [["1", "2", "3", "4"], ["1-2", "1-2", "3-4", "3-4"], ["*"] * 4])
ILL = Hierarchy.from_columns("ill", [["a", "b"], ["*", "*"]])


@cache
def adult() -> Table:
    """30,162 records of the US census of 1994."""
    options = pyarrow.csv.ParseOptions(delimiter=";")
    return Table("adult.csv", pyarrow.csv.read_csv(adult_table(), parse_options=options))


@cache
def adult_problem() -> SearchProblem:
    """5-anonymity of the adult table in nine columns, 2 % may be suppressed, Loss."""
    trees = [shipped_hierarchy("adult", name) for name in adult().columns]
    encoded = encode_table(adult(), [tree for tree in trees if tree is not None], {})
    hierarchies = tuple(c.hierarchy for c in encoded.quasi)
    return SearchProblem(
        tuples=count_tuples(encoded),
        hierarchies=hierarchies,
        levels=tuple((0, tree.n_levels - 1) for tree in hierarchies),
        models=(KAnonymity(Fraction(5)),),
        max_suppressed=603,
        loss=Loss(),
    )


def two_columns(ages: Sequence[str], ills: Sequence[str], **changes: Any) -> SearchProblem:
    """Both columns are quasi-identifiers; 2-anonymity, nothing may be suppressed, Loss."""
    columns = {"age": pa.array(ages, pa.string()), "ill": pa.array(ills, pa.string())}
    encoded = encode_table(Table("t.csv", pa.table(columns)), (AGE, ILL), {})
    trees = tuple(c.hierarchy for c in encoded.quasi)
    settings: dict[str, Any] = {
        "levels": tuple((0, tree.n_levels - 1) for tree in trees),
        "models": (KAnonymity(Fraction(2)),),
        "max_suppressed": 0,
        "loss": Loss(),
    }
    return SearchProblem(tuples=count_tuples(encoded), hierarchies=trees, **(settings | changes))
