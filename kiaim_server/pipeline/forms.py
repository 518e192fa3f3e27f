"""Foresees whether the cells of a column will have the form that the policy demands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from kiaim_server.audit import UnknownForm, count_violations
from kiaim_server.model.bounds import parse_bound
from kiaim_server.model.decision import Clause, Finding
from kiaim_server.model.solution import LocalSolution, Solution
from kiaim_server.model.table import as_text
from kiaim_server.pipeline.prepare import Prepared


def expected_violations(
    clause: Clause, prepared: Prepared, solution: Solution | LocalSolution
) -> Finding:
    """What the audit would count: on the labels that a quasi-identifier will show, else on values.

    O(tuples), or O(distinct values) of the column.
    """
    name = str(clause.attribute)
    names = [hierarchy.attribute for hierarchy in prepared.problem.hierarchies]
    if name in names:
        texts, records = _labels(names.index(name), prepared, solution)
    else:
        distinct = prepared.table.distinct(name)
        texts = as_text(distinct.every).to_pylist()
        records = distinct.records_of_every.tolist()
    try:
        violations = count_violations(texts, records, clause.parameters)
    except UnknownForm as error:
        return Finding(clause, None, met=False, note=f"Not counted: {error}.")
    most = parse_bound(clause.at_most)
    return Finding(clause, float(violations), met=violations <= most)


def _labels(
    place: int, prepared: Prepared, solution: Solution | LocalSolution
) -> tuple[Sequence[str | None], Sequence[int]]:
    """Texts that a quasi-identifier will show, and the kept records of each."""
    problem = prepared.problem
    kept = ~solution.suppressed
    codes, counts = problem.tuples.codes[place][kept], problem.tuples.counts[kept]
    level = solution.levels[place]
    levels = (np.broadcast_to(np.int8(level), kept.shape) if isinstance(level, int) else level)[
        kept
    ]
    hierarchy = problem.hierarchies[place]
    shown: Counter[str | None] = Counter()
    for own in np.unique(levels).tolist():
        at = levels == own
        held = np.bincount(
            hierarchy.maps[own][codes[at]], counts[at], minlength=len(hierarchy.labels[own])
        )
        for text, n in zip(hierarchy.labels[own].tolist(), held.tolist(), strict=True):
            shown[text] += int(n)
    return list(shown), list(shown.values())
