"""Hand-made tables of a few records as search problems."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pyarrow as pa

from kiaim_server.encode import count_tuples, encode_table
from kiaim_server.loss import Loss
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.solution import SearchProblem
from kiaim_server.model.table import Table
from kiaim_server.privacy import KAnonymity

AGE = Hierarchy.from_columns("age", [["1", "2", "3", "4"], ["1-2", "1-2", "3-4", "3-4"], ["*"] * 4])
ILL = Hierarchy.from_columns("ill", [["a", "b"], ["*", "*"]])


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
