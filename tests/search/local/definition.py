"""Local recoding from its definition: what every record shows, and what that loses."""

from __future__ import annotations

import math
from collections import defaultdict

from kiaim_server.loss import Loss, Precision
from kiaim_server.model.solution import LocalSolution
from tests.search.brute_force import Counting, Group, holds, holds_for_release
from tests.search.measures import factors, weighted
from tests.search.problems import Case


def shown(case: Case, found: LocalSolution, record: int) -> tuple[str | None, ...]:
    """The texts that a record shows in the quasi-identifiers."""
    own = case.problem.tuples.record_tuple[record]
    texts = []
    for column, levels in zip(case.encoded.quasi, found.levels, strict=True):
        tree, level = column.hierarchy, int(levels[own])
        texts.append(tree.labels[level][tree.maps[level][column.codes[record]]])
    return tuple(texts)


def kept_records(case: Case, found: LocalSolution) -> list[int]:
    """The records that are not suppressed."""
    own = case.problem.tuples.record_tuple
    return [r for r in range(case.encoded.n_records) if not found.suppressed[own[r]]]


def assert_is_a_solution(case: Case, found: LocalSolution) -> None:
    """Every model holds on the records as they are shown, and every cell is allowed."""
    problem, n = case.problem, case.encoded.n_records
    kept = kept_records(case, found)
    assert kept
    assert n - len(kept) == found.n_suppressed <= problem.max_suppressed
    counting = Counting(case)
    groups = defaultdict(list)
    for record in kept:
        groups[shown(case, found, record)].append(record)
        for levels, (low, high) in zip(found.levels, problem.levels, strict=True):
            assert low <= levels[problem.tuples.record_tuple[record]] <= high
    assert sorted(map(len, groups.values())) == found.class_sizes.tolist()
    classes = [Group(members, members) for members in groups.values()]
    reference = kept if problem.reference == "released" else list(range(n))
    for model in problem.models:
        assert all(holds(model, group, reference, counting) for group in classes)
        assert holds_for_release(model, classes, counting)
    starred = problem.reference == "input" and found.n_suppressed and problem.hierarchies
    if starred and found.scheme != "full-domain":
        assert all(set(texts) != {"*"} for texts in groups)  # that is how the suppressed ones look
    for levels, records in zip(found.levels, found.level_records, strict=True):
        at = [int(levels[problem.tuples.record_tuple[record]]) for record in kept]
        assert [at.count(level) for level in range(len(records))] == list(records)


def loss_by_cell(case: Case, found: LocalSolution) -> float:
    """Loss and precision summed up cell by cell."""
    measure, n = case.problem.loss, case.encoded.n_records
    assert isinstance(measure, Loss | Precision)
    g_factor, s_factor = factors(measure.gs_factor)
    kept = set(kept_records(case, found))
    losses = []
    for column, levels in zip(case.encoded.quasi, found.levels, strict=True):
        tree, cells = column.hierarchy, []
        for record in range(n):
            level = int(levels[case.problem.tuples.record_tuple[record]])
            codes = tree.maps[level].tolist()
            share = codes.count(codes[column.codes[record]]) / len(codes)
            if isinstance(measure, Precision):
                cost = level / max(1, tree.n_levels - 1) * g_factor if record in kept else 1.0
            elif record in kept:
                cost = share * g_factor
            else:
                cost = share + s_factor * (1 - share)
            cells.append(cost)
        least = g_factor * n / tree.n_leaves if isinstance(measure, Loss) else 0.0
        span = n - least
        losses.append(max(0.0, math.fsum(cells) - least) / span if span > 0 else 0.0)
    if not losses:
        return 0.0
    losses = weighted(losses, measure.weights, case.encoded.quasi)
    if isinstance(measure, Precision) or measure.aggregate == "arithmetic-mean":
        return sum(losses) / len(losses)
    return math.prod(x + 1 for x in losses) ** (1 / len(losses)) - 1
