"""Compile all kernels ahead of the first search."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np

from kiaim_server.kernels import (
    distance,
    entropy,
    grouping,
    local,
    outside,
    probe,
    refine,
    singling,
    suffixes,
)
from kiaim_server.kernels.jit import KERNELS

#: Kernels that `warm_up` has run in this process, directly or through others.
_warmed: set[Any] = set()


def is_warm() -> bool:
    """Whether every kernel is compiled: in this process, or on disk from an earlier one.

    Cheap: looks for index files of numba's cache that are not older than the source. A wrong yes
    (another numba, another processor) costs nothing but the time that a no would have announced; a
    wrong no (equal source, written anew) announces what takes no time.
    """
    return all(k.signatures or k in _warmed or _is_on_disk(k) for k in KERNELS)


def _is_on_disk(kernel: Any) -> bool:
    function = kernel.py_func
    source = Path(inspect.getfile(function))
    line = function.__code__.co_firstlineno
    pattern = f"{source.stem}.{function.__qualname__}-{line}.py*.nbi"
    folder = Path(kernel.stats.cache_path)
    changed = source.stat().st_mtime
    return any(index.stat().st_mtime >= changed for index in folder.glob(pattern))


def warm_up() -> None:
    """Run every kernel once on two records, with the types that the search uses.

    About ten seconds of one core without a cache, a fraction of a second with one.
    """
    i32, i64, f64 = np.int32, np.int64, np.float64
    two = np.arange(2, dtype=i32)
    ones = np.ones(2, dtype=i64)
    indptr = np.array([0, 2], dtype=i64)
    grouping.number_keys(ones)
    grouping.number_more(ones, np.empty(512, dtype=i64), np.zeros(1024, dtype=i32), 0)
    distance.ordered_distance(indptr, two, ones, indptr[1:], ones)
    distance.hierarchical_distance(indptr, two, ones, indptr[1:], two.reshape(1, 2), ones)
    entropy.entropy_below(indptr, ones, indptr[1:], 2.0)
    entropy.hidden_bits(ones)
    suffixes.extend_chain(two, two, np.zeros(2, dtype=i32), 2)
    runs = refine.find_runs(two, ones, indptr.reshape(1, 2), two, two.reshape(1, 2) + two[1])
    outside.outside_classes(runs[0], runs[1], runs[3], np.zeros((1, 2), dtype=i32))
    state = (*runs, np.empty((1, 0), dtype=f64))
    rules = (1, np.zeros(1, dtype=i64), np.zeros(1, dtype=i64), ones[:1])
    no_cost = np.zeros((1, 2), dtype=f64)
    end = np.zeros(2, dtype=i32)
    refine.split_levels(
        two,
        ones,
        *state,
        end,
        np.zeros((1, 2), dtype=i32),
        no_cost,
        np.zeros(2, dtype=i64),
        no_cost,
        np.zeros(1, dtype=f64),
        np.zeros(1, dtype=f64),
        np.zeros(1, dtype=f64),
        0,
        *rules,
    )
    refine.most_classes(ones, indptr, 1)
    refine.descend(
        two,
        ones,
        *state,
        end,
        end,
        end,
        no_cost[0],
        np.zeros(2, dtype=i64),
        two,
        end,
        indptr,
        indptr,
        np.array([0, 1], dtype=i64),
        *rules,
    )
    _warm_local(two, ones)
    probe.finest_rows(
        two,
        ones,
        indptr,
        two,
        end,
        indptr,
        end,
        np.zeros(1, dtype=i64),
        ones[:1] * 2,
        ones[:1],
        0,
        0,
        0,
        1,
    )
    singling.split_by(two, indptr, two, two, 2, True)
    _warmed.update(KERNELS)


def _warm_local(two: np.ndarray, ones: np.ndarray) -> None:
    """Two tuples in one column with a root."""
    number = ones - 1
    rows = two.reshape(2, 1).copy()
    up = np.array([[0, 0], [1, 0]], dtype=np.int32)
    cost = np.array([[0.0, 1.0], [0.0, 1.0]])
    levels, own = np.zeros_like(rows), np.zeros(2)
    first = np.arange(2, dtype=np.int64)
    local.common_levels(first, rows, up, first)
    local.nearest(first, rows, levels, ones, own, up, cost)
    keys, bucket = np.array([0, 2]), np.array([0, 1, 2])
    local.move_tuples(
        *(1, 0, first.copy(), ones, rows, two, rows, levels, ones.copy(), own, first),
        *(bucket, first, up, np.array([0, 0, 4]), keys, bucket, first),
    )
    local.complements(first, rows, levels, ones, own, up, cost, np.eye(2), own + 0.5)
    local.agglomerate(2, rows, levels, ones + number, own, up, cost)
