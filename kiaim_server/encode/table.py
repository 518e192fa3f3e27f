"""Columns to codes: quasi-identifiers through their hierarchies, sensitive ones by value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from kiaim_server.encode.leaves import leaf_codes
from kiaim_server.encode.orders import Order, ordered_labels
from kiaim_server.errors import DataError, HierarchyError, ParameterError
from kiaim_server.model.encoded import EncodedTable, QuasiColumn, SensitiveColumn
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.records import Distinct, Records
from kiaim_server.model.table import Table, as_text

#: Values that a message about a hierarchy names at most.
NAMED: Final = 5


@dataclass(frozen=True, eq=False)
class Coding:
    """The code of each distinct value of the columns that the search has to see.

    Attributes
    ----------
    hierarchies
        Of the quasi-identifiers, with a row for the missing value where one is missing.
    labels
        Per sensitive attribute the text of each code, in the stated order, the missing value last.
    ordered
        Sensitive attributes with a stated order.
    codes
        Per column int32[:], the code of each of `Distinct.every`.
    person
        The column that says whose record it is; None if every record counts by itself.
    subset
        bool[:], shape (n_records,): the research subset; None if all records may be released.
    """

    hierarchies: tuple[Hierarchy, ...]
    labels: Mapping[str, np.ndarray]
    ordered: frozenset[str]
    codes: Mapping[str, np.ndarray]
    person: str | None = None
    subset: np.ndarray | None = None

    def encode(self, table: Records) -> Iterator[EncodedTable]:
        """The records as codes, in batches as the engine has them.

        One pass over the records; a table in memory is one batch.
        """
        whose = () if self.person is None else (self.person,)
        start = 0
        for places in table.places(tuple(dict.fromkeys((*self.codes, *whose)))):
            n_records = len(next(iter(places.values()))) if places else table.n_records
            records = slice(start, start + n_records)
            start += n_records
            codes = {name: of_value[places[name]] for name, of_value in self.codes.items()}
            yield EncodedTable(
                tuple(QuasiColumn(tree, codes[tree.attribute]) for tree in self.hierarchies),
                tuple(
                    SensitiveColumn(name, labels, codes[name], name in self.ordered)
                    for name, labels in self.labels.items()
                ),
                n_records,
                None if self.person is None else places[self.person],
                None if self.subset is None else self.subset[records],
            )


def coding_of(
    table: Records,
    hierarchies: Sequence[Hierarchy],
    sensitive: Mapping[str, Order],
    person: str | None = None,
    subset: np.ndarray | None = None,
) -> Coding:
    """Find the code of each distinct value.

    Parameters
    ----------
    hierarchies
        One per quasi-identifier, in the order in which the search reports levels.
    sensitive
        Sensitive attributes and the order of their values: None if none is stated, ``numeric``,
        ``lexical`` (by code point of the text), or the labels themselves.
    person
        Column that says whose record it is: models then count persons. Only equality of its
        values matters; the column itself need not be released.
    subset
        bool[:], shape (n_records,): the records of the research subset, which alone may be
        released. The others show what the population is. None: all of them.

    Raises
    ------
    HierarchyError
        A hierarchy lacks values of its column: how many, up to five of them, and the mend.
    DataError
        No such column, or values that do not fit the stated order (counted, not named); records
        that do not name their person; persons in a table that does not fit into memory.
    ParameterError
        A subset that marks no record, or not each one as in or out.
    """
    trees = []
    labels: dict[str, np.ndarray] = {}
    codes: dict[str, np.ndarray] = {}
    for hierarchy in hierarchies:
        tree, codes[hierarchy.attribute] = _quasi_column(table, hierarchy)
        trees.append(tree)
    for name, order in sensitive.items():
        distinct = _distinct(table, name)
        texts = as_text(distinct.every).to_pylist()
        labels[name], codes[name] = ordered_labels(texts, order, name, distinct.records_of_every)
    ordered = frozenset(name for name, order in sensitive.items() if order is not None)
    if person is not None:
        _check_persons(table, person)
    _check_subset(table, subset)
    return Coding(tuple(trees), labels, ordered, codes, person, subset)


def encode_table(
    table: Table,
    hierarchies: Sequence[Hierarchy],
    sensitive: Mapping[str, Order],
    person: str | None = None,
    subset: np.ndarray | None = None,
) -> EncodedTable:
    """Encode a table in memory as a whole; parameters and errors are those of `coding_of`."""
    (encoded,) = coding_of(table, hierarchies, sensitive, person, subset).encode(table)
    return encoded


def _check_persons(table: Records, name: str) -> None:
    if not isinstance(table, Table):
        raise DataError(
            f"{table.name}: persons (column {name!r}) are not counted by the engine for tables "
            "larger than memory; take the engine 'memory'",
            column=name,
        )
    nobody = _distinct(table, name).missing
    if nobody:
        raise DataError(
            f"{table.name}: column {name!r} says whose record it is, but is missing in {nobody} of "
            f"{table.n_records} records; complete it or leave these records out",
            column=name,
        )


def _check_subset(table: Records, subset: np.ndarray | None) -> None:
    if subset is None:
        return
    if subset.dtype != np.bool_ or subset.shape != (table.n_records,):
        raise ParameterError(
            f"the research subset must mark each of {table.n_records} records as in or out"
        )
    if not subset.any():
        raise ParameterError(
            f"{table.name}: the research subset has none of the {table.n_records} records"
        )


def _distinct(table: Records, name: str) -> Distinct:
    if name not in table.columns:
        known = ", ".join(table.columns)
        raise DataError(f"{table.name}: no column is called {name!r}; there are: {known}")
    return table.distinct(name)


def _quasi_column(table: Records, hierarchy: Hierarchy) -> tuple[Hierarchy, np.ndarray]:
    distinct = _distinct(table, hierarchy.attribute)
    if distinct.missing:
        hierarchy = hierarchy.with_missing()
    codes = leaf_codes(distinct.every, hierarchy)
    if (codes < 0).any():
        raise HierarchyError(_uncovered(table, hierarchy.attribute, distinct, codes))
    return hierarchy, codes


def _uncovered(table: Records, name: str, distinct: Distinct, codes: np.ndarray) -> str:
    lacking = np.flatnonzero(codes < 0)
    records = int(distinct.records_of_every[lacking].sum())
    texts = as_text(distinct.every.take(pa.array(lacking[:NAMED]))).to_pylist()
    named = ", ".join(repr(text) for text in texts)
    more = f" and {len(lacking) - NAMED} more" if len(lacking) > NAMED else ""
    s = "" if len(lacking) == 1 else "s"
    return (
        f"{table.name}: the hierarchy of {name!r} lacks {len(lacking)} value{s} that occur"
        f"{'s' if not s else ''} in {records} of {table.n_records} records: {named}{more}; "
        "add a row for each to the hierarchy, or correct the data"
    )
