"""Columns to codes: quasi-identifiers through their hierarchies, sensitive ones by value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from kiaim_server.encode.leaves import leaf_codes
from kiaim_server.encode.orders import Order, ordered_labels
from kiaim_server.errors import DataError, HierarchyError, ParameterError
from kiaim_server.model.encoded import EncodedTable, QuasiColumn, SensitiveColumn
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.table import Table, as_text

#: Values that a message about a hierarchy names at most.
NAMED: Final = 5


def encode_table(
    table: Table,
    hierarchies: Sequence[Hierarchy],
    sensitive: Mapping[str, Order],
    person: str | None = None,
    subset: np.ndarray | None = None,
) -> EncodedTable:
    """Encode what the search has to see.

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

    Returns
    -------
    EncodedTable
        A column with missing values gets its hierarchy with a row for the missing value.

    Raises
    ------
    HierarchyError
        A hierarchy lacks values of its column: how many, up to five of them, and the mend.
    DataError
        No such column, or values that do not fit the stated order (counted, not named); records
        that do not name their person.
    ParameterError
        A subset that marks no record, or not each one as in or out.

    Notes
    -----
    One pass over the records per column; everything else works on distinct values.
    """
    quasi = tuple(_quasi_column(table, hierarchy) for hierarchy in hierarchies)
    columns = tuple(_sensitive_column(table, name, order) for name, order in sensitive.items())
    persons = None if person is None else _persons(table, person)
    _check_subset(table, subset)
    return EncodedTable(quasi, columns, table.n_records, persons, subset)


def _persons(table: Table, name: str) -> np.ndarray:
    """Number persons by first occurrence."""
    distinct, places = _distinct(table, name)
    if distinct.null_count:
        nobody = int((places == len(distinct) - 1).sum())
        raise DataError(
            f"{table.name}: column {name!r} says whose record it is, but is missing in {nobody} of "
            f"{table.n_records} records; complete it or leave these records out",
            column=name,
        )
    return places


def _check_subset(table: Table, subset: np.ndarray | None) -> None:
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


def _distinct(table: Table, name: str) -> tuple[pa.Array, np.ndarray]:
    """Distinct values by first occurrence, a missing one last, and their place per record."""
    if name not in table.columns:
        known = ", ".join(table.columns)
        raise DataError(f"{table.name}: no column is called {name!r}; there are: {known}")
    column = table.column(name)
    values = column.combine_chunks()
    if isinstance(values, pa.ChunkedArray):
        values = pa.concat_arrays(values.chunks)
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    encoded = values.dictionary_encode()
    distinct = encoded.dictionary
    places = encoded.indices
    if places.null_count:
        places = places.fill_null(len(distinct))
        distinct = pa.concat_arrays([distinct, pa.nulls(1, distinct.type)])
    return distinct, places.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)


def _quasi_column(table: Table, hierarchy: Hierarchy) -> QuasiColumn:
    distinct, places = _distinct(table, hierarchy.attribute)
    if distinct.null_count:
        hierarchy = hierarchy.with_missing()
    codes = leaf_codes(distinct, hierarchy)
    if (codes < 0).any():
        raise HierarchyError(_uncovered(table, hierarchy.attribute, distinct, codes, places))
    return QuasiColumn(hierarchy, codes[places])


def _uncovered(
    table: Table, name: str, distinct: pa.Array, codes: np.ndarray, places: np.ndarray
) -> str:
    lacking = np.flatnonzero(codes < 0)
    records = int((codes[places] < 0).sum())
    texts = as_text(distinct.take(pa.array(lacking[:NAMED]))).to_pylist()
    named = ", ".join(repr(text) for text in texts)
    more = f" and {len(lacking) - NAMED} more" if len(lacking) > NAMED else ""
    s = "" if len(lacking) == 1 else "s"
    return (
        f"{table.name}: the hierarchy of {name!r} lacks {len(lacking)} value{s} that occur"
        f"{'s' if not s else ''} in {records} of {table.n_records} records: {named}{more}; "
        "add a row for each to the hierarchy, or correct the data"
    )


def _sensitive_column(table: Table, name: str, order: Order) -> SensitiveColumn:
    distinct, places = _distinct(table, name)
    texts = as_text(distinct).to_pylist()
    labels, codes = ordered_labels(texts, order, name, np.bincount(places, minlength=len(texts)))
    return SensitiveColumn(name, labels, codes[places], order is not None)
