"""Tuples move to clusters that cover them and cost less."""

from __future__ import annotations

from typing import Final

import numpy as np

from kiaim_server.kernels.local import move_tuples
from kiaim_server.model.contract import ReleaseModel
from kiaim_server.model.solution import SearchProblem
from kiaim_server.search.local.clusters import Clusters, clusters_of, joined, passing
from kiaim_server.search.local.trees import Trees
from kiaim_server.search.rules import Rules

#: Rounds at most, where sizes alone decide, and where every change has to be judged.
_ROUNDS: Final = (3, 8)


def polished(
    problem: SearchProblem, trees: Trees, rules: Rules, clusters: Clusters, least: int
) -> Clusters:
    """Move tuples and dissolve clusters while that saves something and no model fails.

    Where all models look at the size of classes alone, a cluster that keeps `least` records stays
    good, and any number of changes is made at once. Elsewhere each cluster takes part in one change
    per round, and changes after which a cluster fails are undone.
    """
    by_size = problem.tuples.persons is None and all(
        m.attribute is None and m.monotone_with_suppression and not isinstance(m, ReleaseModel)
        for m in problem.models
    )
    good = passing(problem, rules, clusters)
    for _ in range(_ROUNDS[0] if by_size else _ROUNDS[1]):
        moved = _move(problem, trees, rules, clusters, good, least, once=not by_size)
        if moved is None:
            break
        clusters = joined(problem, trees, clusters_of(problem, trees, moved))
        good = passing(problem, rules, clusters)
    return clusters


def _move(
    problem: SearchProblem,
    trees: Trees,
    rules: Rules,
    clusters: Clusters,
    good: np.ndarray,
    least: int,
    once: bool,
) -> np.ndarray | None:
    """One round; the cluster of each tuple after it, None if none has moved."""
    members, start = clusters.members()
    of_tuple = clusters.of_tuple.copy()
    change = move_tuples(
        least,
        int(once),
        of_tuple,
        problem.tuples.counts,
        trees.rows,
        good.astype(np.int32),
        clusters.rows,
        clusters.levels,
        clusters.sizes.copy(),
        clusters.own,
        np.argsort(clusters.own, kind="stable").astype(np.int64),
        start,
        members,
        trees.up,
        *_index(trees, clusters),
    )
    moved = np.flatnonzero(change >= 0)
    if once and len(moved):
        bad = good & _failing(problem, trees, rules, of_tuple, clusters.n_clusters)
        undo = np.zeros(int(change.max()) + 1, dtype=np.bool_)
        undo[change[moved][bad[of_tuple[moved]] | bad[clusters.of_tuple[moved]]]] = True
        back = moved[undo[change[moved]]]
        of_tuple[back] = clusters.of_tuple[back]
        moved = np.flatnonzero(of_tuple != clusters.of_tuple)
    return of_tuple if len(moved) else None


def _failing(
    problem: SearchProblem, trees: Trees, rules: Rules, of_tuple: np.ndarray, n_clusters: int
) -> np.ndarray:
    """Mark the clusters that have tuples and fail: bool[:], shape (n_clusters,)."""
    after = clusters_of(problem, trees, of_tuple)
    holds = passing(problem, rules, after)
    wrong = np.zeros(n_clusters, dtype=np.bool_)
    wrong[of_tuple] = ~holds[after.of_tuple]
    return wrong


def _index(
    trees: Trees, clusters: Clusters
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """List clusters by their values in the two columns that leave the fewest to be looked at."""
    depth, n_columns = trees.up.shape[1], trees.rows.shape[1]
    nodes = np.stack(
        [
            trees.up[clusters.rows[:, q], clusters.levels[:, q]].astype(np.int64) * depth
            + clusters.levels[:, q]
            for q in range(n_columns)
        ]
    )
    met = [_met(trees, nodes[q], q) for q in range(n_columns)]
    a, b = (np.argsort(met, kind="stable").tolist() * 2)[:2]
    radix = int(trees.up.max(initial=0) + 1) * depth
    key = nodes[a] * radix + nodes[b]
    listed = np.lexsort((clusters.own, key)).astype(np.int64)
    keys, begin = np.unique(key[listed], return_index=True)
    bucket = np.append(begin, len(listed)).astype(np.int64)
    return np.array([a, b, radix], dtype=np.int64), keys, bucket, listed


def _met(trees: Trees, nodes: np.ndarray, q: int) -> int:
    """Clusters that agree with a tuple in column q, summed up over all tuples."""
    depth = trees.up.shape[1]
    used = np.bincount(nodes)
    total = 0
    for level in range(depth):
        node = trees.up[trees.rows[:, q], level].astype(np.int64) * depth + level
        total += int(used[node[node < len(used)]].sum())
    return total
