"""Classes that no record may be released of: what makes a node fail under delta-presence."""

from __future__ import annotations

import numpy as np

from kiaim_server.kernels.jit import Codes, Counts, kernel


@kernel
def outside_classes(run_code: Codes, run_size: Counts, first: Counts, up: Codes) -> Counts:
    """Count for every level of the next column the new classes without any record.

    Parameters
    ----------
    run_code, run_size, first
        From `kiaim_server.kernels.refine.find_runs`: leaf and records of each run, and the first
        run of each class.
    up : int32[:, :], shape (n_levels, n_leaves)
        Code of each leaf at each level, ascending along the leaves.

    Returns
    -------
    int64[:], shape (n_levels,)

    Notes
    -----
    O(n_levels * n_runs). Fixing further columns splits such a class into such classes, so there
    are no fewer of them in any node below.
    """
    n_levels = len(up)
    found = np.zeros(n_levels, np.int64)
    for level in range(n_levels):
        for c in range(len(first) - 1):
            r = first[c]
            while r < first[c + 1]:
                group = up[level, run_code[r]]
                size = 0
                while r < first[c + 1] and up[level, run_code[r]] == group:
                    size += run_size[r]
                    r += 1
                if size == 0:
                    found[level] += 1
    return found
