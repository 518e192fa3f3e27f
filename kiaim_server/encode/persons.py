"""Persons to groups that lie in the same tuples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kiaim_server.kernels.grouping import number_keys
from kiaim_server.model.encoded import EncodedTable
from kiaim_server.model.persons import PersonGroups, Persons


@dataclass(frozen=True, eq=False)
class _Places:
    """Distinct pairs (of person and value) and tuples, with the records of each."""

    pair: np.ndarray
    tuple_: np.ndarray
    records: np.ndarray


def persons_of(encoded: EncodedTable, record_tuple: np.ndarray, n_tuples: int) -> Persons | None:
    """Group the persons of a table; None if its records name none.

    O(n_records) time, plus sorting the distinct pairs of person, value and tuple.
    """
    if encoded.persons is None:
        return None
    chosen = slice(None) if encoded.subset is None else encoded.subset
    persons, tuples = encoded.persons[chosen], record_tuple[chosen]
    return Persons(
        groups=_group(persons, np.zeros_like(persons), 1, tuples, n_tuples),
        sensitive={
            column.name: _group(persons, column.codes[chosen], len(column.labels), tuples, n_tuples)
            for column in encoded.sensitive
        },
        population=None
        if encoded.subset is None
        else _group(encoded.persons, np.zeros_like(encoded.persons), 1, record_tuple, n_tuples),
    )


def _group(
    persons: np.ndarray, values: np.ndarray, n_values: int, tuples: np.ndarray, n_tuples: int
) -> PersonGroups:
    """Group pairs of person and value; all arguments that are arrays have one item per record."""
    pair_of, first = number_keys(persons.astype(np.int64) * n_values + values)
    value_of_pair = values[first]
    ids, first = number_keys(pair_of.astype(np.int64) * n_tuples + tuples)
    places = _Places(
        pair=pair_of[first], tuple_=tuples[first], records=np.bincount(ids, minlength=len(first))
    )
    n_places = np.bincount(places.pair, minlength=len(value_of_pair))
    somewhere = np.zeros(len(value_of_pair), dtype=np.int64)
    somewhere[places.pair] = places.tuple_
    # Pairs in one tuple are told apart by value and tuple only, all others are groups of their own.
    own = np.where(n_places > 1, n_tuples + np.arange(len(n_places)), somewhere)
    order = np.lexsort([own, value_of_pair])
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (np.diff(own[order]) != 0) | (np.diff(value_of_pair[order]) != 0)
    group_of_pair = np.empty(len(order), dtype=np.int32)
    group_of_pair[order] = np.cumsum(new) - 1
    return _rows(
        places,
        group_of_pair,
        n_tuples,
        sizes=np.bincount(group_of_pair, minlength=int(new.sum())).astype(np.int64),
        values=value_of_pair[order[new]].astype(np.int32),
    )


def _rows(
    places: _Places,
    group_of_pair: np.ndarray,
    n_tuples: int,
    sizes: np.ndarray,
    values: np.ndarray,
) -> PersonGroups:
    """Compressed rows of tuples, from the groups of their pairs."""
    keys = places.tuple_.astype(np.int64) * len(sizes) + group_of_pair[places.pair]
    distinct, place = np.unique(keys, return_inverse=True)
    records = np.bincount(place, weights=places.records, minlength=len(distinct))
    lengths = np.bincount(distinct // len(sizes), minlength=n_tuples)
    return PersonGroups(
        indptr=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        groups=(distinct % len(sizes)).astype(np.int32),
        records=records.astype(np.int64),
        sizes=sizes,
        values=values,
    )
