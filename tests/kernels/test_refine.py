"""One step of the search against the definition: group by the generalized prefix."""

from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiaim_server.kernels import refine
from kiaim_server.search import descent as descent_module
from kiaim_server.search.descent import Descent, State
from tests.search.problems import Case, cases


def _prefix_classes(case: Case, walk: Descent, rows: list[int]) -> dict[tuple[int, ...], list[int]]:
    """Records per class of the generalized prefix."""
    groups = defaultdict(list)
    fixed = list(zip(walk.columns, rows, strict=False))
    for record in range(case.encoded.n_records):
        key = tuple(
            int(
                case.problem.hierarchies[c.index].maps[c.low + row][
                    case.encoded.quasi[c.index].codes[record]
                ]
            )
            for c, row in fixed
        )
        groups[key].append(record)
    return groups


def _possible(case: Case, walk: Descent, members: list[int]) -> bool:
    """Whether a class keeps every rule."""
    if len(members) < walk.rules.minimum_size:
        return False
    if case.encoded.persons is not None:
        return len(set(case.encoded.persons[members].tolist())) >= walk.rules.minimum_persons
    columns = {c.name: c for c in case.encoded.sensitive}
    for name, distinct, mass in zip(
        walk.rules.attributes, walk.rules.minimum_distinct, walk.rules.minimum_mass, strict=True
    ):
        codes = columns[name].codes
        present = set(codes[members].tolist())
        if len(present) < distinct or np.isin(codes, list(present)).sum() < mass:
            return False
    return True


def _is_about_persons_alone(case: Case) -> bool:
    return all(model.attribute is None for model in case.problem.models)


@pytest.mark.parametrize("compiled", [True, False])
@given(case=st.one_of(cases(), cases(with_persons=True).filter(_is_about_persons_alone)))
@settings(max_examples=60)
def test_a_state_holds_the_classes_of_its_prefix_that_keep_every_rule(compiled, case) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if not compiled:
            patch.setattr(descent_module, "find_runs", refine.find_runs.py_func)
            patch.setattr(descent_module, "descend", refine.descend.py_func)
            patch.setattr(descent_module, "split_levels", refine.split_levels.py_func)
        walk = Descent(case.problem)
        state = walk.root()
        rows: list[int] = []
        for column in walk.columns:
            steps = walk.steps(state)
            rows.append(column.n_levels // 2)
            state = walk.step(state, rows[-1], steps)
            assert state.pooled == steps.dropped[rows[-1]]
            _compare(case, walk, rows, state)


def _compare(case: Case, walk: Descent, rows: list[int], state: State) -> None:
    kept = []
    gone = set(range(case.encoded.n_records))
    for depth in range(len(rows) + 1):
        classes = _prefix_classes(case, walk, rows[:depth])
        if depth == len(rows):
            # A class of a prefix that failed earlier stays suppressed in all its parts.
            for members in classes.values():
                coarser = [_prefix_classes(case, walk, rows[:d]) for d in range(1, len(rows) + 1)]
                owners = [next(m for m in groups.values() if members[0] in m) for groups in coarser]
                if all(_possible(case, walk, owner) for owner in owners):
                    kept.append(len(members))
                    gone -= set(members)
    first = state.start[0]
    sizes = [int(state.count[a:b].sum()) for a, b in itertools.pairwise(first)]
    assert sorted(sizes) == sorted(kept)
    assert state.pooled == len(gone)
    remaining = walk.columns[len(rows) :]
    pool = [
        np.bincount(
            [int(c.codes[case.problem.tuples.record_tuple[r]]) for r in gone],
            minlength=c.n_leaves,
        )
        for c in remaining
    ]
    assert state.pool.tolist() == np.concatenate([*pool, np.empty(0)]).astype(int).tolist()
    for start in state.start:
        for a, b in itertools.pairwise(start):
            assert (np.diff(state.suffix[a:b]) > 0).all()
