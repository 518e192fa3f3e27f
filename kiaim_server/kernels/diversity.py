"""Per-class quantities of sensitive values that need more than a sum: ranks and distances."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kiaim_server.kernels.jit import kernel


@kernel
def largest_recursive_l(
    indptr: npt.NDArray[np.int64], counts: npt.NDArray[np.int64], needed: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """The largest l for which the l-th most frequent value and all rarer ones are enough records.

    Parameters
    ----------
    indptr : int64[:], shape (n_classes + 1,)
        Class c owns ``counts[indptr[c]:indptr[c + 1]]``, at least one.
    counts : int64[:], C-contiguous
        Records per value, each > 0.
    needed : int64[:], shape (n_classes,)
        Least sum of the counts ranked l and below.

    Returns
    -------
    int64[:], shape (n_classes,)
        0 where even all records of the class are too few.

    Notes
    -----
    O(n log n) time in the counts of a class. With ``needed`` the least integer above r1/c this is
    the largest l of recursive (c, l)-diversity: Machanavajjhala et al., l-Diversity, definition 4,
    TKDD 2007, doi:10.1145/1217299.1217302.
    """
    n_classes = len(indptr) - 1
    largest = np.zeros(n_classes, np.int64)
    for c in range(n_classes):
        ascending = np.sort(counts[indptr[c] : indptr[c + 1]])
        tail = 0
        for i in range(len(ascending)):
            tail += ascending[i]
            if tail >= needed[c]:
                largest[c] = len(ascending) - i
                break
    return largest


@kernel
def ordered_distance(
    indptr: npt.NDArray[np.int64],
    ranks: npt.NDArray[np.int32],
    counts: npt.NDArray[np.int64],
    sizes: npt.NDArray[np.int64],
    reference: npt.NDArray[np.int64],
) -> npt.NDArray[np.float64]:
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
