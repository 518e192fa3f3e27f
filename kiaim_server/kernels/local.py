"""Local recoding: clusters of tuples, each shown as the lowest common ancestors of its tuples.

All kernels share one layout. A *row* is a leaf of one column; rows of all columns are numbered
through. ``up[row, l]`` is the code of a leaf on the l-th level that its column may have, and
``cost[row, l]`` what a record with this leaf costs there. Beyond the last level all codes of a
column are equal and the cost is infinite, so that a common level always exists and one that must
not be used is never chosen. A cluster is given by the rows of one of its tuples and a level per
column: it *covers* a tuple if both have equal codes at these levels.
"""

from __future__ import annotations

import numpy as np

from kiaim_server.kernels.jit import Codes, Counts, Weights, kernel


@kernel
def common_levels(of_tuple: Counts, rows: Codes, up: Codes, first: Counts) -> Codes:
    """Lowest common level of the tuples of each cluster.

    Parameters
    ----------
    of_tuple : int64[:], shape (n_tuples,)
        Cluster of each tuple, from 0.
    rows : int32[:, :], shape (n_tuples, n_columns)
        Row of each cell.
    up : int32[:, :], shape (n_rows, n_levels)
    first : int64[:], shape (n_clusters,)
        A tuple of each cluster, whose rows stand for it.

    Returns
    -------
    int32[:, :], shape (n_clusters, n_columns)

    Notes
    -----
    O(n_tuples * n_columns + n_clusters * n_columns * n_levels).
    """
    n_columns = rows.shape[1]
    levels = np.zeros((len(first), n_columns), np.int32)
    for t in range(len(of_tuple)):
        c = of_tuple[t]
        for q in range(n_columns):
            a, b = rows[t, q], rows[first[c], q]
            level = levels[c, q]
            while up[a, level] != up[b, level]:
                level += 1
            levels[c, q] = level
    return levels


@kernel
def _nearest(
    i: int,
    others: Counts,
    n_others: int,
    rows: Codes,
    levels: Codes,
    sizes: Counts,
    own: Weights,
    up: Codes,
    cost: Weights,
) -> tuple[float, int]:
    """The cluster whose union with cluster i raises the mean cost of a record least."""
    best, partner = np.inf, -1
    for x in range(n_others):
        j = others[x]
        if j == i:
            continue
        mean = (sizes[i] * own[i] + sizes[j] * own[j]) / (sizes[i] + sizes[j])
        limit = best + mean
        joint = 0.0
        for q in range(rows.shape[1]):
            a, b = rows[i, q], rows[j, q]
            level = max(levels[i, q], levels[j, q])
            while up[a, level] != up[b, level]:
                level += 1
            joint += cost[a, level]
            if joint >= limit:
                break
        if joint < limit:
            best, partner = joint - mean, j
    return best, partner


@kernel
def nearest(
    asking: Counts,
    rows: Codes,
    levels: Codes,
    sizes: Counts,
    own: Weights,
    up: Codes,
    cost: Weights,
) -> tuple[Weights, Counts]:
    """For some clusters, the one whose union with it raises the mean cost of a record least.

    Parameters
    ----------
    asking : int64[:], shape (n_asking,)
        Numbers of clusters.
    rows, levels : int32[:, :], shape (n_clusters, n_columns)
    sizes : int64[:], shape (n_clusters,)
        Records, each > 0.
    own : float64[:], shape (n_clusters,)
        Cost of a record of each cluster, finite.
    up : int32[:, :], cost : float64[:, :], shape (n_rows, n_levels)

    Returns
    -------
    rise : float64[:], partner : int64[:], shape (n_asking,)
        Infinite and -1 where no union is allowed. Of equally near clusters the first.

    Notes
    -----
    O(n_asking * n_clusters * n_columns), most pairs being left after a few columns.
    """
    everybody = np.arange(len(sizes))
    rise = np.empty(len(asking), np.float64)
    partner = np.empty(len(asking), np.int64)
    for x in range(len(asking)):
        rise[x], partner[x] = _nearest(
            asking[x], everybody, len(sizes), rows, levels, sizes, own, up, cost
        )
    return rise, partner


@kernel
def complements(
    asking: Counts,
    rows: Codes,
    levels: Codes,
    sizes: Counts,
    own: Weights,
    up: Codes,
    cost: Weights,
    counts: Weights,
    reference: Weights,
) -> tuple[Weights, Counts]:
    """For some clusters, the one that brings their values nearest to the reference at least cost.

    Parameters
    ----------
    asking : int64[:], shape (n_asking,)
        Numbers of clusters.
    rows, levels : int32[:, :], shape (n_clusters, n_columns)
    sizes : int64[:], own : float64[:], shape (n_clusters,)
        Records, each > 0, and the finite cost of each of them.
    up : int32[:, :], cost : float64[:, :], shape (n_rows, n_levels)
    counts : float64[:, :], shape (n_clusters, n_values)
        Records per sensitive value, those of several attributes side by side.
    reference : float64[:], shape (n_values,)
        Share of each value in the reference.

    Returns
    -------
    rise : float64[:], partner : int64[:], shape (n_asking,)
        How much the union raises the mean cost of its records; infinite and -1 where none is
        allowed or brings the values nearer.

    Notes
    -----
    The imbalance of a cluster is the share of its records that would have to have another value,
    summed up over attributes: the equal distance of Li et al., t-Closeness, ICDE 2007. A union
    never has more imbalanced records than its parts; wanted is the least cost per record that is
    balanced. O(n_asking * n_clusters * (n_columns + n_values)), most pairs being left early.
    """
    n_columns, n_values = rows.shape[1], counts.shape[1]
    wrong = np.zeros(len(sizes), np.float64)
    for c in range(len(sizes)):
        for v in range(n_values):
            wrong[c] += max(counts[c, v] - reference[v] * sizes[c], 0.0)
    rise = np.full(len(asking), np.inf)
    partner = np.full(len(asking), -1)
    for x in range(len(asking)):
        i = asking[x]
        best = np.inf
        for j in range(len(sizes)):
            if j == i or wrong[i] + wrong[j] <= 1e-9:
                continue
            total = sizes[i] + sizes[j]
            before = sizes[i] * own[i] + sizes[j] * own[j]
            limit = (before + best * (wrong[i] + wrong[j])) / total
            joint = 0.0
            for q in range(n_columns):
                a, b = rows[i, q], rows[j, q]
                level = max(levels[i, q], levels[j, q])
                while up[a, level] != up[b, level]:
                    level += 1
                joint += cost[a, level]
                if joint >= limit:
                    break
            if joint >= limit:
                continue
            balanced = wrong[i] + wrong[j]
            for v in range(n_values):
                balanced -= max(counts[i, v] + counts[j, v] - reference[v] * total, 0.0)
            added = max(joint * total - before, 0.0)
            if balanced > 1e-9 and added / balanced < best:
                best, partner[x] = added / balanced, j
                rise[x] = added / total
    return rise, partner


@kernel
def agglomerate(
    least: int,
    rows: Codes,
    levels: Codes,
    sizes: Counts,
    own: Weights,
    up: Codes,
    cost: Weights,
) -> Counts:
    """Merge the two nearest clusters until each has enough records.

    Parameters
    ----------
    least : int
        Records from which on a cluster is left alone.
    rows, levels : int32[:, :], shape (n_clusters, n_columns)
        `levels` is changed in place, as are the next two.
    sizes : int64[:], own : float64[:], shape (n_clusters,)
        Records, each > 0, and the cost of each of them.
    up : int32[:, :], cost : float64[:, :], shape (n_rows, n_levels)

    Returns
    -------
    int64[:], shape (n_clusters,)
        The cluster that each one has become part of, which stands for itself. One cluster, and
        others that may not be merged with any, may be left with fewer than `least` records.

    Notes
    -----
    The distance of two clusters is how much their union raises the mean cost of their records. The
    nearest cluster of each is kept, and sought again when it has changed: expected O(n_clusters^2 *
    n_columns) time. After Gionis and Tassa, k-Anonymization with minimal loss of information, TKDE
    2009, section 5.1, doi:10.1109/TKDE.2008.129, with another distance.
    """
    n = len(sizes)
    part_of = np.arange(n)
    place = np.full(n, -1)
    active = np.empty(n, np.int64)
    n_active = 0
    for i in range(n):
        if sizes[i] < least:
            active[n_active], place[i] = i, n_active
            n_active += 1
    rise = np.full(n, np.inf)
    partner = np.full(n, -1)
    for x in range(n_active):
        i = active[x]
        rise[i], partner[i] = _nearest(i, active, n_active, rows, levels, sizes, own, up, cost)
    while n_active > 1:
        i = active[0]
        for x in range(1, n_active):
            y = active[x]
            if rise[y] < rise[i] or (rise[y] == rise[i] and y < i):
                i = y
        j = partner[i]
        if j < 0:
            break
        joint = 0.0
        for q in range(rows.shape[1]):
            a, b = rows[i, q], rows[j, q]
            level = max(levels[i, q], levels[j, q])
            while up[a, level] != up[b, level]:
                level += 1
            levels[i, q] = level
            joint += cost[a, level]
        own[i] = joint
        sizes[i] += sizes[j]
        part_of[j] = i
        for gone in (j, i):
            if gone == j or sizes[i] >= least:
                n_active -= 1
                last = active[n_active]
                active[place[gone]], place[last] = last, place[gone]
                place[gone] = -1
        for x in range(n_active):
            y = active[x]
            if y == i or partner[y] == i or partner[y] == j:
                rise[y], partner[y] = _nearest(
                    y, active, n_active, rows, levels, sizes, own, up, cost
                )
    for i in range(n):
        root = i
        while part_of[root] != root:
            root = part_of[root]
        part_of[i] = root
    return part_of


@kernel
def _cheapest(
    t: int,
    limit: float,
    source: int,
    rows: Codes,
    may_join: Codes,
    crows: Codes,
    clevels: Codes,
    own: Weights,
    up: Codes,
    probe: Counts,
    keys: Counts,
    bucket: Counts,
    listed: Counts,
) -> int:
    """The cheapest cluster but `source` that covers tuple t and costs less than `limit`."""
    depth = up.shape[1]
    a, b, radix = probe[0], probe[1], probe[2]
    found = -1
    for level_a in range(depth):
        node_a = (up[rows[t, a], level_a] * depth + level_a) * radix
        for level_b in range(depth):
            key = node_a + up[rows[t, b], level_b] * depth + level_b
            low, high = 0, len(keys)
            while low < high:
                middle = (low + high) // 2
                if keys[middle] < key:
                    low = middle + 1
                else:
                    high = middle
            if low == len(keys) or keys[low] != key:
                continue
            for x in range(bucket[low], bucket[low + 1]):
                c = listed[x]
                if own[c] >= limit:
                    break
                if c == source or may_join[c] == 0:
                    continue
                covers = True
                for q in range(rows.shape[1]):
                    level = clevels[c, q]
                    if up[rows[t, q], level] != up[crows[c, q], level]:
                        covers = False
                        break
                if covers:
                    limit, found = own[c], c
                    break
    return found


@kernel
def move_tuples(
    least: int,
    once: int,
    of_tuple: Counts,
    counts: Counts,
    rows: Codes,
    good: Codes,
    crows: Codes,
    clevels: Codes,
    sizes: Counts,
    own: Weights,
    by_cost: Counts,
    start: Counts,
    members: Counts,
    up: Codes,
    probe: Counts,
    keys: Counts,
    bucket: Counts,
    listed: Counts,
) -> Counts:
    """Move tuples to cheaper clusters that cover them, and dissolve clusters whose tuples gain.

    A cluster is never made wider, so nobody else's cost changes. First the clusters are dissolved,
    the most expensive ones first, if all their tuples find room elsewhere and that costs less
    together. Then single tuples move to a cheaper cluster where theirs can do without them.

    Parameters
    ----------
    least : int
        Records that a cluster must keep, or have none.
    once : int
        1 if a cluster may take part in one change only, so that changes can be undone one by one.
    of_tuple : int64[:], shape (n_tuples,)
        Cluster of each tuple; changed in place.
    counts : int64[:], rows : int32[:, :], shape (n_tuples,), (n_tuples, n_columns)
    good : int32[:], shape (n_clusters,)
        0 for clusters that cannot be kept: their tuples go wherever they are covered, and no tuple
        goes there.
    crows, clevels : int32[:, :], sizes : int64[:], own : float64[:], shape (n_clusters, ...)
        The clusters, and the cost of a record of each; `sizes` is changed in place.
    by_cost : int64[:], shape (n_clusters,)
        Clusters in ascending order of cost.
    start : int64[:], members : int64[:], shape (n_clusters + 1,), (n_tuples,)
        The tuples of cluster c at the beginning are ``members[start[c]:start[c + 1]]``.
    up : int32[:, :], shape (n_rows, n_levels)
    probe : int64[:], shape (3,)
        Two columns by which clusters are listed, and a radix. A cluster with codes a, b at levels
        i, j there has the key ``(a * n_levels + i) * radix + b * n_levels + j``.
    keys : int64[:], bucket : int64[:], listed : int64[:]
        The keys that occur, ascending; clusters with the n-th of them, in ascending order of cost,
        are ``listed[bucket[n]:bucket[n + 1]]``.

    Returns
    -------
    int64[:], shape (n_tuples,)
        Number of the change that moved each tuple, -1 if it stayed.

    Notes
    -----
    For each tuple one binary search per pair of levels of the two columns, and a cover test for
    each cluster that agrees with it there and costs less than the best so far.
    """
    n_clusters = len(sizes)
    change = np.full(len(of_tuple), -1)
    may_join = good.copy()
    may_change = np.ones(n_clusters, np.int32)
    target = np.empty(len(of_tuple), np.int64)
    n_changes = 0
    for x in range(n_clusters - 1, -1, -1):
        c = by_cost[x]
        if good[c] == 0 or may_change[c] == 0 or sizes[c] == 0:
            continue
        before, after, held, fits = sizes[c] * own[c], 0.0, 0, True
        for y in range(start[c], start[c + 1]):
            t = members[y]
            if of_tuple[t] != c:
                continue
            held += counts[t]
            target[t] = _cheapest(
                t,
                (before - after) / counts[t],
                c,
                rows,
                may_join,
                crows,
                clevels,
                own,
                up,
                probe,
                keys,
                bucket,
                listed,
            )
            if target[t] < 0:
                fits = False
                break
            after += counts[t] * own[target[t]]
        if not fits or held != sizes[c] or after >= before * (1 - 1e-12):
            continue
        for y in range(start[c], start[c + 1]):
            t = members[y]
            if of_tuple[t] == c:
                of_tuple[t] = target[t]
                sizes[target[t]] += counts[t]
                change[t] = n_changes
                if once:
                    may_change[target[t]], may_join[target[t]] = 0, 0
        sizes[c], may_change[c], may_join[c] = 0, 0, 0
        n_changes += 1
    for x in range(n_clusters - 1, -1, -1):
        c = by_cost[x]
        for y in range(start[c], start[c + 1]):
            t = members[y]
            if of_tuple[t] != c or may_change[c] == 0:
                continue
            rest = sizes[c] - counts[t]
            if good[c] == 1 and 0 < rest < least:
                continue
            d = _cheapest(
                t,
                own[c] if good[c] == 1 else np.inf,
                c,
                rows,
                may_join,
                crows,
                clevels,
                own,
                up,
                probe,
                keys,
                bucket,
                listed,
            )
            if d < 0:
                continue
            of_tuple[t] = d
            sizes[c] -= counts[t]
            sizes[d] += counts[t]
            if sizes[c] == 0:
                may_join[c] = 0
            if once:
                may_change[d], may_join[d], may_join[c] = 0, 0, 0
                may_change[c] = 1 - good[c]
            change[t] = n_changes
            n_changes += 1
    return change
