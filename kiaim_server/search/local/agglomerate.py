"""Bottom up: the nearest tuples become clusters, clusters that fail join the nearest ones."""

from __future__ import annotations

from typing import Final

import numpy as np

from kiaim_server.kernels.local import agglomerate, complements, nearest
from kiaim_server.model.solution import SearchProblem
from kiaim_server.search.evaluate import count_classes
from kiaim_server.search.local.clusters import Clusters, clusters_of, joined, passing
from kiaim_server.search.local.trees import Trees
from kiaim_server.search.rules import Rules

#: Tuples among which nearest clusters are sought. The time grows with it, and hardly anything is
#: won: adult, k = 5, loses 0.0557 with 500 and 0.0553 with 2,000, in 0.3 and 0.8 s.
_BLOCK: Final = 500

#: Pairs of clusters that one round looks at, at most: a minute or so. Where models of sensitive
#: values fail nearly everywhere in a table of a million tuples there are more; Mondrian has to do.
_PAIRS: Final = 4_000_000_000
#: What being unlike beyond all levels costs here; finite, so that gains can be compared.
_FAR: Final = 1e9


def agglomerated(
    problem: SearchProblem, trees: Trees, rules: Rules, least: int, balance: bool = False
) -> Clusters:
    """Merge tuples to clusters of `least` records, then failing clusters until all models hold.

    The tuples are divided into blocks along the hierarchies first, and clusters of one block
    formed by `kiaim_server.kernels.local.agglomerate`. Clusters that fail, also those that were
    left over in their block, then join another cluster, again and again. What can join none fails
    in the end.

    Parameters
    ----------
    balance
        Whether failing clusters join those that complement their sensitive values at the least
        cost, instead of the nearest ones.
    """
    of_tuple = np.arange(problem.tuples.n_tuples, dtype=np.int64)
    for block in _blocks(problem, trees):
        rows = np.ascontiguousarray(trees.rows[block])
        levels = np.zeros_like(rows)
        sizes = problem.tuples.counts[block]
        own = trees.cost_of(rows, levels)
        part_of = agglomerate(least, rows, levels, sizes, own, trees.up, trees.cost)
        of_tuple[block] = block[part_of]
    clusters = joined(problem, trees, clusters_of(problem, trees, of_tuple))
    return mended(problem, trees, rules, clusters, least, balance)


def mended(
    problem: SearchProblem,
    trees: Trees,
    rules: Rules,
    clusters: Clusters,
    least: int,
    balance: bool,
) -> Clusters:
    """Join failing clusters with others until none fails or none can be joined.

    Every round joins disjoint pairs, the nearest first, so at least one cluster goes: O(log n)
    rounds as a rule. As far as the suppression limit allows, a cluster is given up instead if
    hiding its records costs less than joining one that holds already. Nothing is joined where that
    would take too long; what fails then is suppressed, or too much to be a result.
    """
    given_up = np.zeros(problem.tuples.n_tuples, dtype=np.bool_)
    while True:
        left = np.zeros(clusters.n_clusters, dtype=np.bool_)
        left[clusters.of_tuple[~given_up]] = True
        given_up &= ~left[clusters.of_tuple]
        allowed = problem.max_suppressed - int(problem.tuples.counts[given_up].sum())
        good = passing(problem, rules, clusters) & (clusters.sizes >= least)
        # Of equally near clusters the first is taken: rather one that fails as well.
        pool = np.concatenate([np.flatnonzero(left & ~good), np.flatnonzero(left & good)])
        asking = np.arange(np.count_nonzero(left & ~good), dtype=np.int64)
        if not len(asking) or len(asking) * len(pool) > _PAIRS:
            return clusters
        own, sizes = clusters.own[pool], clusters.sizes[pool]
        seen = clusters.rows[pool], clusters.levels[pool], sizes, own, trees.up, trees.cost
        if balance:
            rise, partner = complements(asking, *seen, *_values(problem, rules, clusters, pool))
        else:
            rise, partner = nearest(asking, *seen)
        both = sizes[asking] + np.where(partner < 0, 0, sizes[partner])
        added = rise * both - (trees.hidden - own[asking]) * sizes[asking]
        final = (partner < 0) | good[pool[partner]]  # what joining costs is known only then
        taken = np.zeros(len(pool), dtype=np.bool_)
        for x in np.argsort(-added / sizes[asking], kind="stable").tolist():
            size = int(sizes[asking[x]])
            if added[x] > 0 and final[x] and size <= allowed:
                allowed -= size
                taken[asking[x]] = True
        given_up |= np.isin(clusters.of_tuple, pool[taken])
        into = np.arange(clusters.n_clusters)
        for x in np.argsort(rise, kind="stable").tolist():
            a, b = int(asking[x]), int(partner[x])
            if b >= 0 and not taken[a] and not taken[b]:
                taken[a] = taken[b] = True
                into[pool[a]] = pool[b]
        if not taken.any():
            return clusters
        merged = clusters_of(problem, trees, into[clusters.of_tuple])
        clusters = joined(problem, trees, merged)


def _values(
    problem: SearchProblem, rules: Rules, clusters: Clusters, pool: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Records per value in some clusters, and the shares in the reference, of all attributes."""
    classes = count_classes(
        problem.tuples, clusters.of_tuple, clusters.n_clusters, rules.attributes
    )
    counts, shares = [], []
    for attribute in rules.attributes:
        values = classes.sensitive[attribute]
        owner = np.repeat(np.arange(clusters.n_clusters), np.diff(values.indptr))
        dense = np.zeros((clusters.n_clusters, len(values.reference)))
        dense[owner, values.values] = values.counts
        counts.append(dense[pool])
        shares.append(values.reference / max(1, values.reference.sum()))
    return np.ascontiguousarray(np.hstack(counts)), np.concatenate(shares)


def _blocks(problem: SearchProblem, trees: Trees) -> list[np.ndarray]:
    """Divide the tuples along the hierarchies into blocks of at most `_BLOCK`, if they differ.

    A block is divided by the children of the common ancestor in one column: the one in which that
    saves most.
    """
    n_tuples, n_columns = trees.rows.shape
    counts, everybody = problem.tuples.counts, np.arange(n_tuples)
    blocks = clusters_of(problem, trees, np.zeros(n_tuples, dtype=np.int64))
    while True:
        below = np.maximum(blocks.levels - 1, 0)
        gains = np.empty((n_columns, blocks.n_clusters))
        for q in range(n_columns):
            rows, here = trees.rows[:, q], blocks.levels[:, q]
            saved = trees.cost[rows, here[blocks.of_tuple]]
            saved = np.minimum(saved, _FAR) - trees.cost[rows, below[blocks.of_tuple, q]]
            gains[q] = np.bincount(blocks.of_tuple, saved * counts, blocks.n_clusters)
            gains[q, here == 0] = -np.inf
        chosen = gains.argmax(axis=0)
        large = np.bincount(blocks.of_tuple, minlength=blocks.n_clusters) > _BLOCK
        large &= gains.max(axis=0) > -np.inf
        if not large.any():
            order = np.argsort(blocks.of_tuple, kind="stable").astype(np.int64)
            return np.split(order, np.flatnonzero(np.diff(blocks.of_tuple[order])) + 1)
        q_of = chosen[blocks.of_tuple]
        code = trees.up[trees.rows[everybody, q_of], below[blocks.of_tuple, q_of]]
        child = np.where(large[blocks.of_tuple], code, 0).astype(np.int64)
        keys = blocks.of_tuple * (int(child.max()) + 1) + child
        blocks = clusters_of(problem, trees, keys)
