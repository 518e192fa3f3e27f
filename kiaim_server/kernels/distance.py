"""Distances between the distribution of a class and that of the reference."""

from __future__ import annotations

import numpy as np

from kiaim_server.kernels.jit import Codes, Counts, Weights, kernel


@kernel
def ordered_distance(
    indptr: Counts,
    ranks: Codes,
    counts: Counts,
    sizes: Counts,
    reference: Counts,
) -> Weights:
    """Earth mover's distance of each class to the reference, neighbouring values 1/(m - 1) apart.

    Parameters
    ----------
    indptr : int64[:], shape (n_classes + 1,)
    ranks : int32[:], C-contiguous
        Place of the value in the order, 0 to m - 1, ascending within a class.
    counts : int64[:], same shape as `ranks`
        Records per value, each > 0.
    sizes : int64[:], shape (n_classes,)
        Sum of the counts of each class.
    reference : int64[:], shape (m,)
        Records per value in the reference, each > 0.

    Returns
    -------
    float64[:], shape (n_classes,)
        In [0, 1]; 0 where m is 1.

    Notes
    -----
    The distance is the sum over i of the absolute difference of both cumulative distributions
    at value i, divided by m - 1: Li et al., t-Closeness, section 4.2, ICDE 2007,
    doi:10.1109/ICDE.2007.367856. Between two values that occur in a class its cumulative
    distribution is constant while that of the reference ascends, so each such stretch is summed
    from prefix sums after a binary search: O(n log m) for n counts. Where to cut is decided in
    64-bit integers, exact for fewer than 3 * 10^9 records.
    """
    m = len(reference)
    n_classes = len(sizes)
    distance = np.zeros(n_classes, np.float64)
    if m == 1:
        return distance
    cumulative = np.cumsum(reference)
    total = cumulative[m - 1]
    prefix = np.zeros(m + 1, np.float64)
    for i in range(m):
        prefix[i + 1] = prefix[i] + cumulative[i] / total
    for c in range(n_classes):
        seen = 0
        work = 0.0
        begin = 0
        for e in range(indptr[c], indptr[c + 1] + 1):
            end = ranks[e] if e < indptr[c + 1] else m
            low, high = begin, end
            while low < high:
                middle = (low + high) // 2
                if cumulative[middle] * sizes[c] < seen * total:
                    low = middle + 1
                else:
                    high = middle
            share = seen / sizes[c]
            work += share * (low - begin) - (prefix[low] - prefix[begin])
            work += (prefix[end] - prefix[low]) - share * (end - low)
            begin = end
            if e < indptr[c + 1]:
                seen += counts[e]
        distance[c] = work / (m - 1)
    return distance


@kernel
def hierarchical_distance(
    indptr: Counts,
    values: Codes,
    counts: Counts,
    sizes: Counts,
    groups: Codes,
    reference: Counts,
) -> Weights:
    """Earth mover's distance of each class to the reference along a hierarchy of the values.

    Parameters
    ----------
    indptr : int64[:], shape (n_classes + 1,)
    values : int32[:], C-contiguous
        Codes of the values, 0 to m - 1.
    counts : int64[:], same shape as `values`
        Records per value, each > 0.
    sizes : int64[:], shape (n_classes,)
        Sum of the counts of each class.
    groups : int32[:, :], shape (height, m), C-contiguous
        Group of each value on every level of the hierarchy but the last, where all values are one
        group: the first row are the values themselves. Numbered from 0, below m.
    reference : int64[:], shape (m,)
        Records per value in the reference, each >= 0.

    Returns
    -------
    float64[:], shape (n_classes,)
        In [0, 1]; 0 where the height is 0.

    Notes
    -----
    Two values are level / height apart, level being the lowest on which they are one group: Li et
    al., t-Closeness, ICDE 2007, doi:10.1109/ICDE.2007.367856. This is the path between them in a
    tree with edges of length 1 / (2 height), and there the least work moves the surplus of every
    group through the edge above it. So the distance is the mean over the levels of half
    the sum of |p - q| of their groups; only groups that a class has can have a surplus. O(n height)
    for n counts. The surplus is summed in 64-bit integers, as records of the class times records
    of the reference: exact as long as their product times the height is below 9 * 10^18.
    """
    height, m = groups.shape
    distance = np.zeros(len(sizes), np.float64)
    if height == 0:
        return distance
    expected = np.zeros((height, m), np.int64)
    total = 0
    for v in range(m):
        total += reference[v]
        for level in range(height):
            expected[level, groups[level, v]] += reference[v]
    seen = np.zeros(m, np.int64)
    for c in range(len(sizes)):
        surplus = 0
        for level in range(height):
            for e in range(indptr[c], indptr[c + 1]):
                seen[groups[level, values[e]]] += counts[e]
            for e in range(indptr[c], indptr[c + 1]):
                group = groups[level, values[e]]
                surplus += max(0, seen[group] * total - expected[level, group] * sizes[c])
                seen[group] = 0  # its surplus is counted; 0 has none, whatever is expected
        distance[c] = surplus / sizes[c] / total / height
    return distance
