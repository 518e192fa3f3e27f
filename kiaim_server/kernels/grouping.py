"""Number equal keys: the group-by of rows to tuples and of tuples to classes."""

from __future__ import annotations

import numpy as np

from kiaim_server.kernels.jit import Codes, Counts, kernel

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_ONE = np.uint64(1)


@kernel
def number_more(
    keys: Counts, known: Counts, table: Codes, n_known: int
) -> tuple[Codes, Counts, Codes, int]:
    """Number distinct keys in the order of their first occurrence, after those of earlier calls.

    Parameters
    ----------
    keys : int64[:], shape (n,), C-contiguous
        Any values. The caller ensures fewer than 2^31 distinct ones over all calls.
    known, table, n_known
        As returned by the call before; at first ``int64[512]``, ``int32[1024]`` of zeros, and 0.

    Returns
    -------
    ids : int32[:], shape (n,)
        Number of each key, from 0.
    known : int64[:]
        Key of each number, and room for more.
    table : int32[:], twice as long
        Number + 1 at the place of a key, 0 where there is none.
    n_known : int
        Numbers given so far.

    Notes
    -----
    Expected O(n) time; O(distinct keys) memory beside the result: an open-addressing table with
    multiplicative hashing (Knuth, The Art of Computer Programming 3, section 6.4) that doubles at
    half load.
    """
    n = len(keys)
    ids = np.empty(n, np.int32)
    mask = np.uint64(len(table) - 1)
    shift = np.uint64(64)
    bits = 0
    while (1 << bits) < len(table):
        bits += 1
    shift = np.uint64(64 - bits)
    for i in range(n):
        key = keys[i]
        slot = (np.uint64(key) * _MULTIPLIER) >> shift
        number = table[slot] - 1
        while number >= 0 and known[number] != key:
            slot = (slot + _ONE) & mask
            number = table[slot] - 1
        if number < 0:
            number = n_known
            table[slot] = number + 1
            known[number] = key
            n_known += 1
            if n_known == len(known):
                capacity = 2 * len(known)
                wider_known = np.empty(capacity, np.int64)
                wider_known[:n_known] = known
                known = wider_known
                table = np.zeros(2 * capacity, np.int32)  # np.full costs seconds to compile
                mask = np.uint64(2 * capacity - 1)
                shift = shift - _ONE
                for other in range(n_known):
                    slot = (np.uint64(known[other]) * _MULTIPLIER) >> shift
                    while table[slot] > 0:
                        slot = (slot + _ONE) & mask
                    table[slot] = other + 1
        ids[i] = number
    return ids, known, table, n_known


@kernel
def number_keys(
    keys: Counts,
) -> tuple[Codes, Counts]:
    """Number distinct keys in the order of their first occurrence.

    Parameters
    ----------
    keys : int64[:], shape (n,), C-contiguous
        Any values. The caller ensures fewer than 2^31 distinct ones.

    Returns
    -------
    ids : int32[:], shape (n,)
        Number of each key, from 0.
    first : int64[:], shape (n_distinct,)
        Where each number occurs first; ascending.

    Notes
    -----
    As `number_more`, and one pass over the result.
    """
    # A bare 0 is a type of its own to numba, and would be compiled for once more.
    none: int = np.int64(0)  # type: ignore[assignment]
    ids, _, _, n_known = number_more(keys, np.empty(512, np.int64), np.zeros(1024, np.int32), none)
    first = np.empty(n_known, np.int64)
    found = 0
    for i in range(len(ids)):
        if ids[i] == found:
            first[found] = i
            found += 1
    return ids, first
