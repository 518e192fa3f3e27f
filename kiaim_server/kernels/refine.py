"""Refine the classes of a prefix of quasi-identifiers by one more column.

The search fixes the levels of the columns one after the other. Its state is a list of *entries*
(class of the generalized prefix, id of the remaining columns' values, count). The ids come from
chains of suffixes: suffix j is a pair (leaf of column j, suffix j + 1), and each distinct pair has
one id, ascending in this order. Where sensitive values matter, the value is the end of the chain;
several lists of entries, for several attributes or for persons, are over the same classes.

Shapes used throughout: ``start`` is int64[n_lists, n_classes + 1] and says where the entries of a
class lie in ``suffix`` (int32) and ``count`` (int64), lists one after the other. Within a class
entries ascend by suffix, without repetition. The first list counts records. ``value`` (int32) is
the *stamp* of the end of the chain of a suffix. Rules of a list are ``minimum_distinct``, of
different stamps in a class, and ``minimum_mass`` (both int64[n_lists]): the sum of ``mass`` (int64,
per stamp) over different stamps, and of the counts of entries whose stamp is -1.
"""

from __future__ import annotations

import numpy as np

from kiaim_server.kernels.jit import Codes, Counts, Weights, kernel

#: Slots per entry up to which summing up per slot beats merging sorted runs.
_DENSE = 128
#: Finds the place of a lone bit among 32: Leiserson, Prokop and Randall, Using de Bruijn sequences
#: to index a 1 in a computer word, MIT 1998.
_DE_BRUIJN = 0x077CB531
_PLACES = np.array(
    [next(i for i in range(32) if (_DE_BRUIJN << i & 0xFFFFFFFF) >> 27 == top) for top in range(32)]
)


@kernel
def find_runs(
    suffix: Codes, count: Counts, start: Counts, code: Codes, leaf_end: Codes
) -> tuple[Codes, Counts, Counts, Counts]:
    """Split each class into runs of entries with equal leaf of the next column; O(n_entries).

    Every list has the same runs, because all describe the same tuples.

    Parameters
    ----------
    code : int32[:]
        Leaf of column j per suffix.
    leaf_end : int32[:, :], shape (n_lists, n_leaves)
        Per list the first suffix beyond those of each leaf.

    Returns
    -------
    run_code, run_size : int32[:] and int64[:], shape (n_runs,)
        Leaf and records of each run.
    begin : int64[:, :], shape (n_lists, n_runs + 1)
        Where the entries of each run begin in every list.
    first : int64[:], shape (n_classes + 1,)
        The first run of each class.
    """
    n_lists = start.shape[0]
    n_classes = start.shape[1] - 1
    capacity = start[0, n_classes]
    run_code = np.empty(capacity, np.int32)
    run_size = np.empty(capacity, np.int64)
    begin = np.empty((n_lists, capacity + 1), np.int64)
    first = np.empty(n_classes + 1, np.int64)
    n_runs = 0
    for s in range(n_lists):
        n_runs = 0
        for c in range(n_classes):
            first[c] = n_runs
            e = start[s, c]
            end = start[s, c + 1]
            while e < end:
                begin[s, n_runs] = e
                leaf = code[suffix[e]]
                beyond = leaf_end[s, leaf]
                size = 0
                while e < end and suffix[e] < beyond:
                    size += count[e]
                    e += 1
                if s == 0:
                    run_code[n_runs] = leaf
                    run_size[n_runs] = size
                n_runs += 1
        begin[s, n_runs] = start[s, n_classes]
    first[n_classes] = n_runs
    return run_code[:n_runs], run_size[:n_runs], begin[:, : n_runs + 1].copy(), first


@kernel
def _lacks_values(
    suffix: Codes,
    count: Counts,
    begin: Counts,
    run: int,
    after: int,
    value: Codes,
    mass: Counts,
    minimum_distinct: Counts,
    minimum_mass: Counts,
    stamps: Counts,
    stamp: int,
) -> bool:
    """Whether the entries of runs ``run .. after - 1`` show too few values or too little mass."""
    for s in range(begin.shape[0]):
        distinct = 0
        weight = 0
        e = begin[s, run]
        end = begin[s, after]
        while e < end and (distinct < minimum_distinct[s] or weight < minimum_mass[s]):
            v = value[suffix[e]]
            if v < 0:
                weight += count[e]
            elif stamps[v] != stamp:
                stamps[v] = stamp
                distinct += 1
                weight += mass[v]
            e += 1
        if distinct < minimum_distinct[s] or weight < minimum_mass[s]:
            return True
    return False


@kernel
def _has_value_rules(minimum_distinct: Counts, minimum_mass: Counts) -> bool:
    """Whether any rule looks at sensitive values."""
    for s in range(len(minimum_distinct)):  # noqa: SIM110 - numba knows no generators here
        if minimum_distinct[s] > 1 or minimum_mass[s] > 0:
            return True
    return False


@kernel
def split_levels(
    suffix: Codes,
    count: Counts,
    run_code: Codes,
    run_size: Counts,
    begin: Counts,
    first: Counts,
    class_cost: Weights,
    value: Codes,
    up: Codes,
    cost: Weights,
    pool: Counts,
    pool_cost: Weights,
    totals: Weights,
    base: Weights,
    open_penalty: Weights,
    pooled: int,
    minimum_size: int,
    minimum_distinct: Counts,
    minimum_mass: Counts,
    mass: Counts,
) -> tuple[Counts, Weights]:
    """Certain suppression and a lower bound of the loss for every level of the next column.

    Parameters
    ----------
    suffix, count : int32[:] and int64[:]
        Entries of the state.
    run_code, run_size, begin, first
        From `find_runs`.
    class_cost : float64[:, :], shape (n_classes, j)
        What suppressing one record of the class adds to the total of each fixed column.
    value : int32[:]
        Stamp of the end of the chain, per suffix.
    up : int32[:, :], shape (n_levels, n_leaves)
        Code of each leaf at each level, ascending along the leaves.
    cost, pool_cost : float64[:, :], shape (n_levels, n_leaves)
        What suppressing a record adds: at least, within the generalized value of the leaf, and
        exactly.
    pool : int64[:], shape (n_leaves, ...)
        Records per leaf that are suppressed already, those of column j first.
    totals : float64[:], shape (d,)
        Totals so far: of fixed columns as they are, of open ones with every record at its finest
        level, kept or, where that is certain, suppressed.
    base : float64[:], shape (n_levels,)
        Total of column j with every record kept.
    open_penalty : float64[:], shape (d,)
        Least cost of suppressing a record, in columns that are still open.
    pooled : int
        Records that are suppressed already.

    Returns
    -------
    dropped : int64[:], shape (n_levels,)
        Records whose suppression is certain.
    bounds : float64[:, :], shape (n_levels, d)
        Lower bounds of the totals; exact for the last column if nothing more is suppressed and
        costs are equal within generalized values.

    Notes
    -----
    O(n_levels * n_runs), with value rules O(n_levels * n_entries). A class of the
    prefix below a minimum only splits further, so it stays suppressed whatever follows.
    """
    n_levels, n_leaves = up.shape
    j = class_cost.shape[1]
    d = len(totals)
    n_classes = len(first) - 1
    by_values = _has_value_rules(minimum_distinct, minimum_mass)
    stamps = np.zeros(len(mass) if by_values else 0, np.int64)
    stamp = 0
    dropped = np.empty(n_levels, np.int64)
    bounds = np.empty((n_levels, d), np.float64)
    for level in range(n_levels):
        for i in range(d):
            bounds[level, i] = totals[i]
        bounds[level, j] = base[level]
        if pooled > 0:
            for leaf in range(n_leaves):
                bounds[level, j] += pool[leaf] * pool_cost[level, leaf]
        lost = 0
        for c in range(n_classes):
            lost_here = 0
            r = first[c]
            while r < first[c + 1]:
                group = up[level, run_code[r]]
                size = 0
                q = r
                while q < first[c + 1] and up[level, run_code[q]] == group:
                    size += run_size[q]
                    q += 1
                fails = size < minimum_size
                if by_values and not fails:
                    stamp += 1
                    fails = _lacks_values(
                        suffix,
                        count,
                        begin,
                        r,
                        q,
                        value,
                        mass,
                        minimum_distinct,
                        minimum_mass,
                        stamps,
                        stamp,
                    )
                if fails:
                    lost_here += size
                    bounds[level, j] += size * cost[level, run_code[r]]
                r = q
            if lost_here > 0:
                lost += lost_here
                for i in range(j):
                    bounds[level, i] += lost_here * class_cost[c, i]
        for i in range(j + 1, d):
            bounds[level, i] += lost * open_penalty[i]
        dropped[level] = pooled + lost
    return dropped, bounds


@kernel
def most_classes(parts: Counts, start: Counts, minimum_size: int) -> int:
    """How many classes of at least `minimum_size` records can be made of parts of classes.

    Per class its parts with so many records, and the records of the others divided by it:
    O(n_parts). The parts of class c are ``parts[start[c]:start[c + 1]]``.
    """
    total = 0
    for c in range(len(start) - 1):
        small = 0
        for i in range(start[c], start[c + 1]):
            if parts[i] >= minimum_size:
                total += 1
            else:
                small += parts[i]
        total += small // minimum_size
    return total


@kernel
def _split_classes(
    suffix: Codes,
    count: Counts,
    run_code: Codes,
    run_size: Counts,
    begin: Counts,
    first: Counts,
    value: Codes,
    up: Codes,
    minimum_size: int,
    minimum_distinct: Counts,
    minimum_mass: Counts,
    mass: Counts,
) -> tuple[Codes, Codes, Codes, int, int]:
    """Number the new classes: of each run (-1 where it fails), parent and one leaf of each class.

    Also returns how many there are, and the records of failing ones. O(n_runs), with value rules
    O(n_entries).
    """
    by_values = _has_value_rules(minimum_distinct, minimum_mass)
    stamps = np.zeros(len(mass) if by_values else 0, np.int64)
    n_runs = len(run_code)
    new_class = np.empty(n_runs, np.int32)
    parent = np.empty(n_runs, np.int32)
    leaf_of = np.empty(n_runs, np.int32)
    n_new = 0
    dropped = 0
    for c in range(len(first) - 1):
        r = first[c]
        while r < first[c + 1]:
            group = up[run_code[r]]
            size = 0
            q = r
            while q < first[c + 1] and up[run_code[q]] == group:
                size += run_size[q]
                q += 1
            fails = size < minimum_size
            if by_values and not fails:
                fails = _lacks_values(
                    suffix,
                    count,
                    begin,
                    r,
                    q,
                    value,
                    mass,
                    minimum_distinct,
                    minimum_mass,
                    stamps,
                    r + 1,
                )
            for run in range(r, q):
                new_class[run] = -1 if fails else n_new
            if fails:
                dropped += size
            else:
                parent[n_new] = c
                leaf_of[n_new] = run_code[r]
                n_new += 1
            r = q
    return new_class, parent, leaf_of, n_new, dropped


@kernel
def _add_to_pool(
    pool: Counts,
    suffix: Codes,
    count: Counts,
    begin: Counts,
    new_class: Codes,
    following: Codes,
    chain_code: Codes,
    chain_next: Codes,
    chain_offset: Counts,
    leaf_offset: Counts,
    depth: int,
) -> None:
    """Count the leaves of failing runs in the columns from `depth` on, in place."""
    for run in range(len(new_class)):
        if new_class[run] >= 0:
            continue
        for e in range(begin[0, run], begin[0, run + 1]):
            link = following[suffix[e]]
            for i in range(depth, len(leaf_offset) - 1):
                at = chain_offset[i] + link
                pool[leaf_offset[i] - leaf_offset[depth] + chain_code[at]] += count[e]
                link = chain_next[at]


@kernel
def _merge_neighbours(
    suffix: Codes, count: Counts, ends: Counts, n_runs: int, other: Codes, other_count: Counts
) -> int:
    """Merge each pair of neighbouring ascending runs into one, equal suffixes made one.

    Runs lie in ``suffix[ends[i]:ends[i + 1]]`` and move to `other`; `ends` is rewritten in place.
    Returns the number of runs that are left. O(n_entries).
    """
    written = 0
    left = 0
    for run in range(0, n_runs, 2):
        a, a_end = ends[run], ends[run + 1]
        b, b_end = a_end, a_end
        if run + 1 < n_runs:
            b_end = ends[run + 2]
        ends[left] = written
        left += 1
        while a < a_end and b < b_end:
            if suffix[a] < suffix[b]:
                other[written] = suffix[a]
                other_count[written] = count[a]
                a += 1
            elif suffix[b] < suffix[a]:
                other[written] = suffix[b]
                other_count[written] = count[b]
                b += 1
            else:
                other[written] = suffix[a]
                other_count[written] = count[a] + count[b]
                a += 1
                b += 1
            written += 1
        while a < a_end:
            other[written] = suffix[a]
            other_count[written] = count[a]
            a += 1
            written += 1
        while b < b_end:
            other[written] = suffix[b]
            other_count[written] = count[b]
            b += 1
            written += 1
    ends[left] = written
    return left


@kernel
def _move_list(
    new_suffix: Codes,
    new_count: Counts,
    new_start: Counts,
    written: int,
    suffix: Codes,
    count: Counts,
    begin: Counts,
    new_class: Codes,
    following: Codes,
    lowest: int,
    beyond: int,
) -> int:
    """Move the entries of one list, ascending within each class, equal suffixes made one.

    The runs of a class ascend already and are neighbours. A class of one run is copied; one whose
    suffixes lie dense among ``lowest .. beyond - 1`` is summed up per suffix; any other is merged
    pair by pair, O(n log(runs)).
    """
    n_runs = len(new_class)
    sums = np.zeros(beyond - lowest, np.int64)
    seen = np.zeros(((beyond - lowest) >> 5) + 1, np.int64)
    size = 0
    run = 0
    while run < n_runs:
        after = run + 1
        while after < n_runs and new_class[after] == new_class[run]:
            after += 1
        if new_class[run] >= 0:
            size = max(size, begin[after] - begin[run])
        run = after
    moved = np.empty((2, size), np.int32)
    moved_count = np.empty((2, size), np.int64)
    ends = np.empty(n_runs + 1, np.int64)
    run = 0
    while run < n_runs:
        c = new_class[run]
        after = run + 1
        while after < n_runs and new_class[after] == c:
            after += 1
        if c < 0:
            run = after
            continue
        new_start[c] = written
        if after == run + 1:
            for e in range(begin[run], begin[after]):
                new_suffix[written] = following[suffix[e]]
                new_count[written] = count[e]
                written += 1
            run = after
            continue
        low = beyond
        high = lowest
        for r in range(run, after):
            low = min(low, following[suffix[begin[r]]])
            high = max(high, following[suffix[begin[r + 1] - 1]])
        if high - low < _DENSE * (begin[after] - begin[run]):
            for e in range(begin[run], begin[after]):
                at = following[suffix[e]] - lowest
                sums[at] += count[e]
                seen[at >> 5] |= 1 << (at & 31)
            for word in range((low - lowest) >> 5, ((high - lowest) >> 5) + 1):
                bits = seen[word]
                seen[word] = 0
                while bits:
                    bit = bits & -bits
                    bits ^= bit
                    at = (word << 5) + _PLACES[((bit * _DE_BRUIJN) & 0xFFFFFFFF) >> 27]
                    new_suffix[written] = at + lowest
                    new_count[written] = sums[at]
                    sums[at] = 0
                    written += 1
            run = after
            continue
        base = begin[run]
        for r in range(run, after):
            ends[r - run] = begin[r] - base
            for e in range(begin[r], begin[r + 1]):
                moved[0, e - base] = following[suffix[e]]
                moved_count[0, e - base] = count[e]
        left = after - run
        ends[left] = begin[after] - base
        turn = 0
        while left > 1:
            left = _merge_neighbours(
                moved[turn], moved_count[turn], ends, left, moved[1 - turn], moved_count[1 - turn]
            )
            turn = 1 - turn
        for i in range(ends[1]):
            new_suffix[written] = moved[turn, i]
            new_count[written] = moved_count[turn, i]
            written += 1
        run = after
    new_start[-1] = written
    return written


@kernel
def descend(
    suffix: Codes,
    count: Counts,
    run_code: Codes,
    run_size: Counts,
    begin: Counts,
    first: Counts,
    class_cost: Weights,
    value: Codes,
    following: Codes,
    up: Codes,
    cost: Weights,
    pool: Counts,
    chain_code: Codes,
    chain_next: Codes,
    chain_offset: Counts,
    leaf_offset: Counts,
    list_offset: Counts,
    minimum_size: int,
    minimum_distinct: Counts,
    minimum_mass: Counts,
    mass: Counts,
) -> tuple[Codes, Counts, Counts, Weights, Counts, int, Codes, Codes]:
    """Fix the level of the next column: split the classes, merge entries, drop failing classes.

    Parameters
    ----------
    suffix, count : int32[:] and int64[:]
        Entries of the state.
    run_code, run_size, begin, first
        From `find_runs`.
    value, following : int32[:]
        Stamp of the end of the chain, and suffix j + 1, per suffix j.
    up, cost : int32[:] and float64[:], shape (n_leaves,)
        Code of each leaf at the level, and what suppressing a record adds at least.
    chain_code, chain_next : int32[:]
        Pairs of all suffixes of all columns; those of column i begin at ``chain_offset[i]``.
    leaf_offset : int64[:], shape (d + 1,)
        Leaves of the columns before each column.
    list_offset : int64[:], shape (n_lists + 1,)
        Which suffixes j + 1 belong to which list.

    Returns
    -------
    suffix, count, start, class_cost, pool
        The state for column j + 1. New classes are ordered by old class, then by code.
    dropped : int
        Records suppressed in this step.
    parent, leaf : int32[:], shape (n_classes,)
        Old class of each new class, and one of its leaves of column j.

    Notes
    -----
    O(n_entries log(runs per class) + n_suffixes), in practice about three passes over the entries.
    """
    j = class_cost.shape[1]
    new_class, parent, leaf_of, n_new, dropped = _split_classes(
        suffix,
        count,
        run_code,
        run_size,
        begin,
        first,
        value,
        up,
        minimum_size,
        minimum_distinct,
        minimum_mass,
        mass,
    )
    new_cost = np.empty((n_new, j + 1), np.float64)
    for c in range(n_new):
        for i in range(j):
            new_cost[c, i] = class_cost[parent[c], i]
        new_cost[c, j] = cost[leaf_of[c]]
    new_pool = pool[leaf_offset[j + 1] - leaf_offset[j] :].copy()
    if dropped > 0 and j + 2 < len(leaf_offset):
        _add_to_pool(
            new_pool,
            suffix,
            count,
            begin,
            new_class,
            following,
            chain_code,
            chain_next,
            chain_offset,
            leaf_offset,
            j + 1,
        )
    total = 0
    for s in range(len(begin)):
        for run in range(len(new_class)):
            if new_class[run] >= 0:
                total += begin[s, run + 1] - begin[s, run]
    new_suffix = np.empty(total, np.int32)
    new_count = np.empty(total, np.int64)
    new_start = np.zeros((len(begin), n_new + 1), np.int64)
    written = 0
    for s in range(len(begin)):
        written = _move_list(
            new_suffix,
            new_count,
            new_start[s],
            written,
            suffix,
            count,
            begin[s],
            new_class,
            following,
            list_offset[s],
            list_offset[s + 1],
        )
    return (
        new_suffix[:written],
        new_count[:written],
        new_start,
        new_cost,
        new_pool,
        dropped,
        parent[:n_new].copy(),
        leaf_of[:n_new].copy(),
    )
