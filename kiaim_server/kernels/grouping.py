"""Number equal keys: the group-by of rows to tuples and of tuples to classes."""

from __future__ import annotations

import numpy as np

from kiaim_server.kernels.jit import Codes, Counts, kernel

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_ONE = np.uint64(1)


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
    Expected O(n) time; O(n_distinct) memory beside the result: an open-addressing table with
    multiplicative hashing (Knuth, The Art of Computer Programming 3, section 6.4) that doubles at
    half load.
    """
    n = len(keys)
    ids = np.empty(n, np.int32)
    first = np.empty(512, np.int64)
    known = np.empty(512, np.int64)
    table = np.zeros(1024, np.int32)  # number + 1; np.full costs seconds to compile
    mask = np.uint64(1023)
    shift = np.uint64(54)
    n_known = 0
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
            first[number] = i
            n_known += 1
            if n_known == len(known):
                capacity = 2 * len(known)
                wider_first = np.empty(capacity, np.int64)
                wider_first[:n_known] = first
                first = wider_first
                wider_known = np.empty(capacity, np.int64)
                wider_known[:n_known] = known
                known = wider_known
                table = np.zeros(2 * capacity, np.int32)
                mask = np.uint64(2 * capacity - 1)
                shift = shift - _ONE
                for other in range(n_known):
                    slot = (np.uint64(known[other]) * _MULTIPLIER) >> shift
                    while table[slot] > 0:
                        slot = (slot + _ONE) & mask
                    table[slot] = other + 1
        ids[i] = number
    return ids, first[:n_known].copy()
