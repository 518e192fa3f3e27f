"""Top down: groups are divided by the children of one value while all models hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kiaim_server.kernels.grouping import number_keys
from kiaim_server.model.solution import SearchProblem
from kiaim_server.search.evaluate import count_classes
from kiaim_server.search.local.clusters import Clusters, clusters_of
from kiaim_server.search.local.trees import Trees
from kiaim_server.search.rules import Rules
from kiaim_server.search.suppression import kept_classes


@dataclass(frozen=True, eq=False)
class _Division:
    """How every group would be divided in one column.

    `part` is the part of each tuple, `gain` what that saves per group, minus infinity where the
    group cannot be divided so.
    """

    part: np.ndarray
    gain: np.ndarray


def specialized(problem: SearchProblem, trees: Trees, rules: Rules) -> Clusters:
    """Mondrian on hierarchies: divide groups until no division keeps all models.

    LeFevre, DeWitt and Ramakrishnan, Mondrian, ICDE 2006, doi:10.1109/ICDE.2006.101, with children
    in the hierarchy instead of a median. Children that fail are pooled; where the pool fails too,
    the smallest of the others joins it. In each round every group takes the division that saves
    most, and is tightened to its lowest common ancestors.

    Notes
    -----
    As many rounds as the heights of the hierarchies together at most, each O(n_tuples * n_columns)
    and one call per model and column.
    """
    top = np.zeros(problem.tuples.n_tuples, dtype=np.int64)
    for q, n_levels in enumerate(trees.n_levels.tolist()):
        ids, _ = number_keys(top)
        shown = trees.up[trees.rows[:, q], n_levels - 1].astype(np.int64)
        top = ids.astype(np.int64) * (int(shown.max(initial=0)) + 1) + shown
    groups = clusters_of(problem, trees, top)
    while True:
        divisions = [_divide(problem, trees, rules, groups, q) for q in range(trees.rows.shape[1])]
        if not divisions:
            return groups
        gains = np.stack([division.gain for division in divisions])
        chosen = gains.argmax(axis=0)
        divided = gains.max(axis=0) > -np.inf
        if not divided.any():
            return groups
        part = np.zeros(problem.tuples.n_tuples, dtype=np.int64)
        for q, division in enumerate(divisions):
            own = (divided & (chosen == q))[groups.of_tuple]
            part[own] = division.part[own]
        keys = groups.of_tuple * (int(part.max()) + 1) + part
        groups = clusters_of(problem, trees, keys)


def _divide(
    problem: SearchProblem, trees: Trees, rules: Rules, groups: Clusters, q: int
) -> _Division:
    """Divide every group by the children of its value in column q."""
    counts = problem.tuples.counts
    level = groups.levels[:, q]
    below = np.maximum(level - 1, 0)[groups.of_tuple]
    rows = trees.rows[:, q]
    child = trees.up[rows, below].astype(np.int64)
    ids, first = number_keys(groups.of_tuple * (int(child.max(initial=0)) + 1) + child)
    part = ids.astype(np.int64)
    owner = groups.of_tuple[first]
    can = level > 0
    good = _holds(problem, rules, part, len(first)) & can[owner]
    sizes = np.bincount(part, weights=counts, minlength=len(first))
    pool = np.where(good, np.arange(len(first)), len(first) + owner)
    for _ in range(3):  # a pool that fails takes in the smallest good part, twice
        pooled = pool >= len(first)
        needs = np.zeros(groups.n_clusters, dtype=np.bool_)
        needs[owner[pooled]] = True
        ids, _ = number_keys(pool[part])
        holds = _holds(problem, rules, ids.astype(np.int64), int(ids.max()) + 1)
        of_pool = np.zeros(len(first) + groups.n_clusters, dtype=np.bool_)
        of_pool[pool[part]] = holds[ids]
        fails = needs & ~of_pool[len(first) :]
        can &= np.bincount(owner[~pooled], minlength=groups.n_clusters) > 0
        fails &= can
        if not fails.any():
            break
        smallest = _smallest(owner, np.where(pooled, np.inf, sizes), groups.n_clusters)
        move = smallest[fails]
        pool[move] = len(first) + owner[move]
    can &= ~fails
    saved = trees.cost[rows, level[groups.of_tuple]] - trees.cost[rows, below]
    saved[pool[part] >= len(first)] = 0.0
    gain = np.bincount(groups.of_tuple, weights=saved * counts, minlength=groups.n_clusters)
    return _Division(pool[part], np.where(can, gain, -np.inf))


def _holds(
    problem: SearchProblem, rules: Rules, of_tuple: np.ndarray, n_classes: int
) -> np.ndarray:
    classes = count_classes(problem.tuples, of_tuple, n_classes, rules.attributes)
    return kept_classes(classes, problem.models, rules, False, with_release_models=False)


def _smallest(owner: np.ndarray, sizes: np.ndarray, n_groups: int) -> np.ndarray:
    """Per group the part with the least size, the first of equals."""
    order = np.lexsort((np.arange(len(owner)), sizes, owner))
    first = np.searchsorted(owner[order], np.arange(n_groups))
    return np.asarray(order[np.minimum(first, len(order) - 1)])
