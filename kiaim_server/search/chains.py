"""Distinct tuples as chains of suffixes, each distinct suffix once."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kiaim_server.kernels.suffixes import extend_chain
from kiaim_server.search.columns import SearchColumn
from kiaim_server.search.lists import EntryList


@dataclass(frozen=True, eq=False)
class Chains:
    """Suffixes of all columns in search order; see `kiaim_server.kernels.refine`.

    Attributes
    ----------
    code, following, value
        Per depth int32 arrays over the suffixes: leaf, suffix of the next depth, stamp of the end
        of the chain.
    leaf_end
        Per depth int32[:, :], shape (n_lists, n_leaves): the first suffix beyond those of a leaf.
    list_offset
        Per depth 0 to d int64[n_lists + 1]: which suffixes belong to which list.
    all_code, all_next, chain_offset
        The pairs of all depths one after the other, and where each depth begins.
    leaf_offset
        int64[:], shape (d + 1,): leaves of the columns before each column.
    mass
        int64[:]: mass per stamp.
    counts
        int64[:]: records per suffix of depth 0.
    """

    code: tuple[np.ndarray, ...]
    following: tuple[np.ndarray, ...]
    value: tuple[np.ndarray, ...]
    leaf_end: tuple[np.ndarray, ...]
    list_offset: tuple[np.ndarray, ...]
    all_code: np.ndarray
    all_next: np.ndarray
    chain_offset: np.ndarray
    leaf_offset: np.ndarray
    mass: np.ndarray
    counts: np.ndarray


def build_chains(lists: Sequence[EntryList], columns: Sequence[SearchColumn]) -> Chains:
    """Build the chains of all lists.

    O((n_columns + 1) * n_items) time, an item being a distinct pair of tuple and end.
    """
    d = len(columns)
    codes: list[list[np.ndarray]] = [[] for _ in range(d)]
    nexts: list[list[np.ndarray]] = [[] for _ in range(d)]
    sizes = np.zeros((d + 1, len(lists)), dtype=np.int64)
    counts = []
    for number, items in enumerate(lists):
        ids, order = items.end, np.argsort(items.end, kind="stable").astype(np.int32)
        sizes[d, number] = len(items.stamps)
        for depth in range(d - 1, -1, -1):
            column = columns[depth]
            leaf = column.codes[items.of_tuple]
            order, ids, code, following = extend_chain(order, leaf, ids, column.n_leaves)
            codes[depth].append(code)
            nexts[depth].append(following + np.int32(sizes[depth + 1, :number].sum()))
            sizes[depth, number] = len(code)
        counts.append(np.bincount(ids, weights=items.counts, minlength=int(sizes[0, number])))
    offsets = [np.concatenate([[0], np.cumsum(row)]).astype(np.int64) for row in sizes]
    all_code, all_next = _joined(codes), _joined(nexts)
    chain_offset = np.concatenate([[0], np.cumsum(sizes[:d].sum(axis=1))]).astype(np.int64)
    code_of = tuple(np.split(all_code, chain_offset[1:-1])) if d else ()
    next_of = tuple(np.split(all_next, chain_offset[1:-1])) if d else ()
    return Chains(
        code=code_of,
        following=next_of,
        value=_ends(next_of, _stamps(lists)),
        leaf_end=tuple(
            _leaf_ends(code, offset, column.n_leaves)
            for code, offset, column in zip(code_of, offsets, columns, strict=False)
        ),
        list_offset=tuple(offsets),
        all_code=all_code,
        all_next=all_next,
        chain_offset=chain_offset,
        leaf_offset=np.concatenate([[0], np.cumsum([c.n_leaves for c in columns])]).astype(
            np.int64
        ),
        mass=np.concatenate([entry.mass for entry in lists]),
        counts=np.concatenate(counts).astype(np.int64),
    )


def _joined(parts: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    """What belongs to each depth, the lists of each one after the other."""
    return np.concatenate([*itertools.chain.from_iterable(parts), np.empty(0, dtype=np.int32)])


def _leaf_ends(code: np.ndarray, list_offset: np.ndarray, n_leaves: int) -> np.ndarray:
    """The first suffix beyond those of each leaf, per list; codes ascend within a list."""
    leaves = np.arange(n_leaves)
    ends = [
        a + np.searchsorted(code[a:b], leaves, side="right")
        for a, b in itertools.pairwise(list_offset.tolist())
    ]
    return np.array(ends, dtype=np.int32)


def _stamps(lists: Sequence[EntryList]) -> np.ndarray:
    """The stamp of every end, those of each list after those of the lists before."""
    offsets = np.cumsum([0, *(len(entry.mass) for entry in lists)])
    stamps = [
        np.where(entry.stamps < 0, -1, entry.stamps + offset)
        for entry, offset in zip(lists, offsets[:-1], strict=True)
    ]
    return np.concatenate(stamps).astype(np.int32)


def _ends(next_of: Sequence[np.ndarray], stamps: np.ndarray) -> tuple[np.ndarray, ...]:
    """The stamp of the end of every chain, per depth."""
    ends: list[np.ndarray] = []
    end = stamps
    for following in reversed(next_of):
        end = end[following]
        ends.append(end)
    return tuple(reversed(ends))
