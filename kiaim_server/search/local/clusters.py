"""Clusters of tuples that are shown alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kiaim_server.kernels.grouping import number_keys
from kiaim_server.kernels.local import common_levels
from kiaim_server.model.solution import SearchProblem
from kiaim_server.search.evaluate import count_classes
from kiaim_server.search.local.trees import Trees
from kiaim_server.search.rules import Rules
from kiaim_server.search.suppression import kept_classes


@dataclass(frozen=True, eq=False)
class Clusters:
    """A partition of the tuples, each part shown as its lowest common ancestors.

    Attributes
    ----------
    of_tuple
        int64[:], shape (n_tuples,): cluster of each tuple, in the order of their first tuple.
    rows, levels
        int32[:, :], shape (n_clusters, n_columns): rows of one tuple, and common levels.
    sizes
        int64[:], shape (n_clusters,): records.
    own
        float64[:], shape (n_clusters,): cost of a record; infinite where there is no common level.
    """

    of_tuple: np.ndarray
    rows: np.ndarray
    levels: np.ndarray
    sizes: np.ndarray
    own: np.ndarray

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return len(self.sizes)

    def members(self) -> tuple[np.ndarray, np.ndarray]:
        """Tuples by cluster, and where those of each begin: int64[:], int64[n_clusters + 1]."""
        order = np.argsort(self.of_tuple, kind="stable")
        start = np.searchsorted(self.of_tuple[order], np.arange(self.n_clusters + 1))
        return order.astype(np.int64), start.astype(np.int64)

    def tuple_levels(self) -> np.ndarray:
        """Relative level of each cell: int32[:, :], shape (n_tuples, n_columns)."""
        return np.asarray(self.levels[self.of_tuple])


def clusters_of(problem: SearchProblem, trees: Trees, of_tuple: np.ndarray) -> Clusters:
    """Clusters from a number per tuple, tightened; O(n_tuples * n_columns)."""
    ids, first = number_keys(np.ascontiguousarray(of_tuple, dtype=np.int64))
    numbers = ids.astype(np.int64)
    levels = common_levels(numbers, trees.rows, trees.up, first)
    rows = np.ascontiguousarray(trees.rows[first])
    sizes = np.bincount(numbers, weights=problem.tuples.counts, minlength=len(first))
    return Clusters(numbers, rows, levels, sizes.astype(np.int64), trees.cost_of(rows, levels))


def joined(problem: SearchProblem, trees: Trees, clusters: Clusters) -> Clusters:
    """Make clusters one that show the same."""
    keys = np.zeros(clusters.n_clusters, dtype=np.int64)
    depth = trees.up.shape[1]
    for q in range(clusters.rows.shape[1]):
        level = clusters.levels[:, q].astype(np.int64)
        shown = trees.up[clusters.rows[:, q], level] * depth + level
        ids, _ = number_keys(keys)
        keys = ids.astype(np.int64) * (int(shown.max(initial=0)) + 1) + shown
    ids, first = number_keys(keys)
    if len(first) == clusters.n_clusters:
        return clusters
    return clusters_of(problem, trees, ids[clusters.of_tuple])


def passing(problem: SearchProblem, rules: Rules, clusters: Clusters) -> np.ndarray:
    """Mark the clusters that every model of classes holds for and that can be shown: bool[:]."""
    classes = count_classes(
        problem.tuples, clusters.of_tuple, clusters.n_clusters, rules.attributes
    )
    keep = kept_classes(classes, problem.models, rules, False, with_release_models=False)
    return np.asarray(keep & np.isfinite(clusters.own))
