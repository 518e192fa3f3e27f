"""Small random problems for local recoding, with labels that stand on several levels."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st

from kiaim_server.loss import Loss, Precision
from kiaim_server.model.contract import LossMeasure
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.solution import SearchProblem
from tests.search.problems import Case, cases


def by_cell() -> st.SearchStrategy[LossMeasure]:
    """The measures that local recoding can minimise, in their variants."""
    factor = st.sampled_from([Fraction(1, 2), Fraction(3, 4), Fraction(1)])
    weights = st.one_of(
        st.just({}),
        st.fixed_dictionaries({"q0": st.sampled_from([Fraction(0), Fraction(2), Fraction(1, 3)])}),
    )
    aggregate = st.sampled_from(["geometric-mean", "arithmetic-mean"])
    return st.one_of(
        st.builds(Loss, aggregate, factor, weights), st.builds(Precision, factor, weights)
    )


@st.composite
def local_cases(draw: st.DrawFn) -> Case:
    """A case whose labels are stars, values of other records, or labels of other levels."""
    case = draw(cases(by_cell(), with_persons=draw(st.booleans())))
    columns = tuple(
        replace(column, hierarchy=draw(relabelled(column.hierarchy)))
        for column in case.encoded.quasi
    )
    problem = replace(
        case.problem,
        hierarchies=tuple(column.hierarchy for column in columns),
        models=case.problem.models[: draw(st.integers(1, 2))],
        max_suppressed=max(case.problem.max_suppressed, draw(st.sampled_from([0, 3, 6]))),
    )
    return Case(replace(case.encoded, quasi=columns), _within(problem))


def _within(problem: SearchProblem) -> SearchProblem:
    limit = min(problem.max_suppressed, problem.tuples.n_records)
    return replace(problem, max_suppressed=limit)


@st.composite
def relabelled(draw: st.DrawFn, tree: Hierarchy) -> Hierarchy:
    """The same tree, its inner nodes called anew by few names; distinct ones on each level."""
    names = ["*", *tree.labels[0].tolist(), "group 1", "group 2", "group 3"]
    columns = [tree.labels[0].tolist()]
    for labels, up in zip(tree.labels[1:], tree.maps[1:], strict=True):
        called = draw(st.permutations(names))
        columns.append([called[code] if len(labels) <= len(names) else None for code in up])
    return Hierarchy.from_columns(tree.attribute, columns)
