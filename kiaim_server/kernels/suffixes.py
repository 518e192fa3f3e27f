"""Number suffixes of tuples: how the chains that `refine` walks along are built."""

from __future__ import annotations

import numpy as np

from kiaim_server.kernels.jit import Codes, kernel


@kernel
def extend_chain(
    order: Codes, code: Codes, following: Codes, n_codes: int
) -> tuple[Codes, Codes, Codes, Codes]:
    """Number the pairs (leaf, following suffix), ascending: one step of building the chains.

    Parameters
    ----------
    order : int32[:], shape (n_items,)
        Items ascending by `following`.
    code, following : int32[:], shape (n_items,)
        Leaf, below `n_codes`, and suffix id of each item.

    Returns
    -------
    order, ids : int32[:], shape (n_items,)
        Items ascending by the new suffix, and the new suffix of each item.
    chain_code, chain_next : int32[:], shape (n_suffixes,)
        The pair of each new suffix.

    Notes
    -----
    A stable counting sort: O(n_items + n_codes) time and memory.
    """
    n = len(order)
    place = np.zeros(n_codes + 1, np.int64)
    for i in range(n):
        place[code[i] + 1] += 1
    for c in range(n_codes):
        place[c + 1] += place[c]
    new_order = np.empty(n, np.int32)
    for i in range(n):
        item = order[i]
        new_order[place[code[item]]] = item
        place[code[item]] += 1
    ids = np.empty(n, np.int32)
    chain_code = np.empty(n, np.int32)
    chain_next = np.empty(n, np.int32)
    last = -1
    for i in range(n):
        item = new_order[i]
        if last < 0 or chain_code[last] != code[item] or chain_next[last] != following[item]:
            last += 1
            chain_code[last] = code[item]
            chain_next[last] = following[item]
        ids[item] = last
    return new_order, ids, chain_code[: last + 1].copy(), chain_next[: last + 1].copy()
