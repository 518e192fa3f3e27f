"""Distinct tuples as chains of suffixes, each distinct suffix once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kiaim_server.kernels.suffixes import extend_chain
from kiaim_server.model.encoded import TupleTable
from kiaim_server.search.columns import SearchColumn


@dataclass(frozen=True, eq=False)
class Chains:
    """Suffixes of all columns in search order; see `kiaim_server.kernels.refine`.

    Attributes
    ----------
    code, following, value
        Per depth int32 arrays over the suffixes: leaf, suffix of the next depth, end of chain.
    list_offset
        Per depth 0 to d int64[n_lists + 1]: which suffixes belong to which list.
    all_code, all_next, chain_offset
        The pairs of all depths one after the other, and where each depth begins.
    leaf_offset
        int64[:], shape (d + 1,): leaves of the columns before each column.
    mass
        int64[:]: records of the input per end of chain.
    counts
        int64[:]: records per suffix of depth 0.
    """

    code: tuple[np.ndarray, ...]
    following: tuple[np.ndarray, ...]
    value: tuple[np.ndarray, ...]
    list_offset: tuple[np.ndarray, ...]
    all_code: np.ndarray
    all_next: np.ndarray
    chain_offset: np.ndarray
    leaf_offset: np.ndarray
    mass: np.ndarray
    counts: np.ndarray


@dataclass(frozen=True, eq=False)
class _Items:
    """What one list of entries starts from: tuple, end of chain and records of each item."""

    of_tuple: np.ndarray
    end: np.ndarray
    counts: np.ndarray
    n_ends: int


def build_chains(
    tuples: TupleTable, columns: Sequence[SearchColumn], attributes: Sequence[str]
) -> Chains:
    """Build the chains of all lists: one per sensitive attribute, or one without values.

    O((n_columns + 1) * n_items) time, an item being a distinct pair of tuple and sensitive value.
    """
    lists = [_items(tuples, attribute) for attribute in attributes] or [_items(tuples, None)]
    d = len(columns)
    codes: list[list[np.ndarray]] = [[] for _ in range(d)]
    nexts: list[list[np.ndarray]] = [[] for _ in range(d)]
    sizes = np.zeros((d + 1, len(lists)), dtype=np.int64)
    counts = []
    for number, items in enumerate(lists):
        ids, order = items.end, np.argsort(items.end, kind="stable").astype(np.int32)
        sizes[d, number] = items.n_ends
        for depth in range(d - 1, -1, -1):
            column = columns[depth]
            leaf = column.codes[items.of_tuple]
            order, ids, code, following = extend_chain(order, leaf, ids, column.n_leaves)
            codes[depth].append(code)
            nexts[depth].append(following + np.int32(sizes[depth + 1, :number].sum()))
            sizes[depth, number] = len(code)
        counts.append(np.bincount(ids, weights=items.counts, minlength=int(sizes[0, number])))
    offsets = [np.concatenate([[0], np.cumsum(row)]).astype(np.int64) for row in sizes]
    code_of = tuple(np.concatenate(parts) for parts in codes)
    next_of = tuple(np.concatenate(parts) for parts in nexts)
    return Chains(
        code=code_of,
        following=next_of,
        value=_ends(next_of, int(sizes[d].sum())),
        list_offset=tuple(offsets),
        all_code=np.concatenate([*code_of, np.empty(0, np.int32)]),
        all_next=np.concatenate([*next_of, np.empty(0, np.int32)]),
        chain_offset=np.concatenate([[0], np.cumsum([len(c) for c in code_of])]).astype(np.int64),
        leaf_offset=np.concatenate([[0], np.cumsum([c.n_leaves for c in columns])]).astype(
            np.int64
        ),
        mass=_mass(tuples, attributes),
        counts=np.concatenate(counts).astype(np.int64),
    )


def _items(tuples: TupleTable, attribute: str | None) -> _Items:
    if attribute is None:
        n = tuples.n_tuples
        return _Items(np.arange(n), np.zeros(n, dtype=np.int32), tuples.counts, 1)
    values = tuples.sensitive[attribute]
    of_tuple = np.repeat(np.arange(tuples.n_tuples), np.diff(values.indptr))
    return _Items(of_tuple, values.values, values.counts, len(values.reference))


def _ends(next_of: Sequence[np.ndarray], n_ends: int) -> tuple[np.ndarray, ...]:
    """The end of every chain, per depth."""
    ends: list[np.ndarray] = []
    end = np.arange(n_ends, dtype=np.int32)
    for following in reversed(next_of):
        end = end[following]
        ends.append(end)
    return tuple(reversed(ends))


def _mass(tuples: TupleTable, attributes: Sequence[str]) -> np.ndarray:
    if not attributes:
        return np.array([tuples.n_records], dtype=np.int64)
    return np.concatenate([tuples.sensitive[a].reference for a in attributes]).astype(np.int64)
