"""Places the values of a file in the hierarchy that a manifest carries for them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from kiaim_server.model.value_tree import ValueTree, ascending, values_digest


def placed(texts: Sequence[str | None], tree: ValueTree) -> tuple[np.ndarray, str | None]:
    """The group of each value on every level, or the reason why the tree does not fit.

    Parameters
    ----------
    texts
        The distinct values of the file, by code.

    Returns
    -------
    int64[:, :] of shape (n_levels, n_values), the first row being the values themselves, and None
    or the reason; then the array means nothing.
    """
    order = ascending(texts)
    n_values = len(texts)
    groups = np.zeros((len(tree.groups) + 1, n_values), dtype=np.int64)
    groups[0] = np.arange(n_values)
    if len(tree.level_names) != len(groups):
        return groups, "it names another number of levels than it has"
    if any(len(level) != n_values for level in tree.groups):
        return groups, "it is about another number of values"
    if values_digest([texts[i] for i in order]) != tree.values_sha256:
        return groups, "it is about other values"
    for row, level in zip(groups[1:], tree.groups, strict=True):
        row[order] = level
    for finer, coarser in itertools.pairwise(groups):
        pairs = {*zip(finer.tolist(), coarser.tolist(), strict=True)}
        if len(pairs) != len({*finer.tolist()}):
            return groups, "a level splits a group of the level before it"
    if len({*groups[-1].tolist()}) > 1:
        return groups, "its last level has several groups"
    return groups, None
