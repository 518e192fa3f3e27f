"""Look ahead from a prefix: how fine each of the open columns could still be, taken alone."""

from __future__ import annotations

import numpy as np

from kiaim_server.kernels.jit import Codes, Counts, kernel


@kernel
def finest_rows(
    suffix: Codes,
    count: Counts,
    start: Counts,
    chain_code: Codes,
    chain_next: Codes,
    chain_offset: Counts,
    up: Codes,
    up_offset: Counts,
    n_leaves: Counts,
    n_levels: Counts,
    depth: int,
    pooled: int,
    limit: int,
    minimum_size: int,
) -> Counts:
    """For each open column the finest level at which it alone does not suppress too much.

    Parameters
    ----------
    suffix, count : int32[:] and int64[:], shape (n_entries,)
        Entries of the classes of a prefix, each count above 0; see `kiaim_server.kernels.refine`.
    start : int64[:], shape (n_classes + 1,)
        Where the entries of each class begin.
    chain_code, chain_next, chain_offset
        The chains of all columns, as `descend` takes them.
    up : int32[:]
        Code of each leaf at each level of each column, ascending along the leaves from 0: those of
        column i at its level number r begin at ``up_offset[i] + r * n_leaves[i]``.
    n_leaves, n_levels : int64[:], shape (d,)
    depth : int
        Columns whose level is fixed.
    pooled, limit : int
        Records that are suppressed already, and that may be.

    Returns
    -------
    int64[:], shape (d,)
        Level numbers; 0 for fixed columns, `n_levels` where no level is possible. Going on from
        there splits classes further, so no finer level is possible in any node below the prefix.

    Notes
    -----
    O(n_entries) for each open column and level that is tried; a level that suppresses too much
    is usually given up after a few classes. Follows the chains in no particular order of memory.
    """
    d = len(n_levels)
    n_classes = len(start) - 1
    link = suffix[: start[n_classes]].copy()
    leaf = np.empty(len(link), np.int32)
    rows = np.zeros(d, np.int64)
    records = np.zeros(n_leaves.max(), np.int64)
    touched = np.empty(len(records), np.int64)
    for i in range(depth, d):
        for e in range(len(link)):
            at = chain_offset[i] + link[e]
            leaf[e] = chain_code[at]
            link[e] = chain_next[at]
        row = 0
        while row < n_levels[i]:
            first = up_offset[i] + row * n_leaves[i]
            lost = pooled
            if up[first + n_leaves[i] - 1] > 0:  # with a single code no class is split
                for c in range(n_classes):
                    n_touched = 0
                    for e in range(start[c], start[c + 1]):
                        code = up[first + leaf[e]]
                        if records[code] == 0:
                            touched[n_touched] = code
                            n_touched += 1
                        records[code] += count[e]
                    for t in range(n_touched):
                        if records[touched[t]] < minimum_size:
                            lost += records[touched[t]]
                        records[touched[t]] = 0
                    if lost > limit:
                        break
            if lost <= limit:
                break
            row += 1
        rows[i] = row
    return rows
