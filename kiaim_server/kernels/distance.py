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
