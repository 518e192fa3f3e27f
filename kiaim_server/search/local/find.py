"""Chooses among the schemes of local recoding, and the full-domain optimum."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from kiaim_server.errors import ParameterError
from kiaim_server.model.contract import ReleaseModel
from kiaim_server.model.progress import Monitor
from kiaim_server.model.solution import (
    Infeasible,
    LocalSolution,
    SearchProblem,
    Solution,
    Undecided,
)
from kiaim_server.search.local.agglomerate import agglomerated
from kiaim_server.search.local.clusters import Clusters
from kiaim_server.search.local.iterative import searched_again
from kiaim_server.search.local.mondrian import specialized
from kiaim_server.search.local.polish import polished
from kiaim_server.search.local.settle import Settler
from kiaim_server.search.local.trees import Trees, check_measure, trees_of
from kiaim_server.search.optimum import find_optimum
from kiaim_server.search.rules import Rules

#: How the result is called where nothing loses less than the full-domain optimum.
FULL_DOMAIN: Final = "full-domain"

_Scheme = Callable[[SearchProblem, Trees, Rules, int], Clusters]

#: What can be asked for by name.
SCHEMES: Final[Mapping[str, _Scheme]] = {
    "agglomeration": agglomerated,
    "balance": lambda problem, trees, rules, least: agglomerated(
        problem, trees, rules, least, balance=bool(rules.attributes)
    ),
    "mondrian": lambda problem, trees, rules, least: specialized(problem, trees, rules),
    "iterative": lambda problem, trees, rules, least: searched_again(problem, trees),
}


def find_local(
    problem: SearchProblem,
    monitor: Monitor,
    budget: float | None = None,
    scheme: str | None = None,
    *,
    polish: bool = True,
) -> LocalSolution | Infeasible | Undecided:
    """Find levels for every record under which all models hold and little is lost.

    A heuristic: nothing is proven of the result but that it satisfies the problem, on the classes
    as they are shown, and that it does not lose more than the full-domain optimum, where there is
    one. Deterministic.

    Parameters
    ----------
    budget
        Seconds for the full-domain optimum, as in `find_optimum`; None for no limit.
    scheme
        One of `SCHEMES`; by default agglomeration, and where models look at sensitive values others
        as well. The best counts.
    polish
        Whether tuples are moved to cheaper clusters afterwards.

    Returns
    -------
    LocalSolution, Infeasible or Undecided
        Where nothing is found, the answer of full-domain generalization. Infeasible is proven of
        that alone; that local recoding has found nothing either proves nothing.

    Raises
    ------
    ParameterError
        As `find_optimum`, and if the measure says nothing of single cells.
    Cancelled
        From the monitor.
    """
    check_measure(problem)
    if problem.tuples.population is not None:
        raise ParameterError(
            "local recoding says nothing of what a population would show; leave out the research "
            "subset, or choose recoding: full-domain"
        )
    if scheme is not None and scheme not in SCHEMES:
        raise ParameterError(f"no scheme is called {scheme!r}; there are: {', '.join(SCHEMES)}")
    optimum = find_optimum(problem, monitor, budget)
    began = time.perf_counter()
    settler = Settler.of(problem)
    best: LocalSolution | None = None
    if isinstance(optimum, Solution):
        best = settler.whole(optimum, FULL_DOMAIN)
    for found in candidates(problem, settler, monitor, _names(problem, scheme), polish):
        if best is None or found.loss < best.loss:
            best = found
    if best is None:
        assert not isinstance(optimum, Solution)  # noqa: S101 - a solution is a candidate itself
        return optimum
    statistics = {**optimum.statistics, "local_seconds": time.perf_counter() - began}
    whole = optimum if isinstance(optimum, Solution) else None
    return replace(best, full_domain=whole, statistics=statistics)


def _names(problem: SearchProblem, scheme: str | None) -> tuple[str, ...]:
    if scheme is not None:
        return (scheme,)
    if not any(model.attribute is not None for model in problem.models):
        return ("agglomeration",)
    if any(model.minimum_mass > 0 for model in problem.models):
        return ("balance", "mondrian")  # the nearest clusters hardly ever make up for each other
    return ("agglomeration", "balance", "mondrian")


def candidates(
    problem: SearchProblem,
    settler: Settler,
    monitor: Monitor,
    names: tuple[str, ...],
    polish: bool,
) -> Iterator[LocalSolution]:
    """What the schemes find; each satisfies the problem, but may lose more than the optimum."""
    if not problem.hierarchies:
        return
    trees = trees_of(problem)
    for done, name in enumerate(names):
        for least in _least(problem, settler.rules):
            monitor.report("recode", done / len(names))
            clusters = SCHEMES[name](problem, trees, settler.rules, least)
            if polish:
                clusters = polished(problem, trees, settler.rules, clusters, least)
            found = settler.settle(trees.to_levels(clusters.tuple_levels()), name)
            if found is not None:
                yield found
                break
    monitor.report("recode", 1.0)


def _least(problem: SearchProblem, rules: Rules) -> Iterator[int]:
    """Sizes that clusters are to have: larger and larger ones where a demand on the whole waits."""
    least = max(rules.minimum_size, rules.minimum_persons)
    yield least
    if any(isinstance(model, ReleaseModel) for model in problem.models):
        while least < problem.tuples.n_records:
            least *= 2
            yield least
