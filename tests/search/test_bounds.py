"""What the search prunes with: no node below a prefix loses less than its bound says."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from kiaim_server.loss import Ambiguity, AverageClassSize, Discernibility, NonUniformEntropy
from kiaim_server.model.contract import ReleaseModel
from kiaim_server.search.descent import Descent
from kiaim_server.search.judge import Judge, worst_worth_a_look
from tests.search.brute_force import solutions
from tests.search.problems import Case, cases, losses

BY_CLASSES = (Ambiguity, AverageClassSize, Discernibility, NonUniformEntropy)


@given(
    st.one_of(cases(), cases(with_persons=True), cases(with_subset=True)),
    st.randoms(use_true_random=False),
)
@settings(max_examples=300)
def test_no_node_below_a_prefix_is_better_than_its_bound(case: Case, random) -> None:
    descent = Descent(case.problem)
    judge = Judge(case.problem, descent)
    rows = [random.randrange(column.n_levels) for column in descent.columns]
    loss_of = {node.levels: node.loss for node in solutions(case)}
    state = descent.root()
    for depth, row in enumerate([*rows, None]):
        below = itertools.product(*(range(c.n_levels) for c in descent.columns[depth:]))
        losses_below = [
            loss_of[levels]
            for rest in below
            if (levels := descent.levels([*rows[:depth], *rest])) in loss_of
        ]
        least = min(losses_below, default=None)
        if least is not None:
            assert judge.bound(state) <= worst_worth_a_look(least)
            assert judge.score(state.totals.tolist()) <= worst_worth_a_look(least)
        if row is not None:
            state = descent.fix(state, row)


@given(cases(losses().filter(lambda measure: isinstance(measure, BY_CLASSES))))
@settings(max_examples=100)
def test_a_judged_node_has_the_loss_of_its_definition(case: Case) -> None:
    """At most that loss where more is suppressed to meet demands on the release as a whole."""
    demands_of_release = any(isinstance(m, ReleaseModel) for m in case.problem.models)
    descent = Descent(case.problem)
    judge = Judge(case.problem, descent)
    loss_of = {node.levels: node.loss for node in solutions(case)}
    for rows in itertools.product(*(range(c.n_levels) for c in descent.columns)):
        state = descent.root()
        for row in rows:
            state = descent.fix(state, row)
        judgement = judge.judge(state, with_release_models=False)
        levels = descent.levels(rows)
        if levels not in loss_of:
            assert demands_of_release or not judgement.keeps
            continue
        assert judgement.keeps
        assert judgement.loss <= worst_worth_a_look(loss_of[levels])
        if not demands_of_release:
            assert worst_worth_a_look(judgement.loss) >= loss_of[levels]
