"""What the least loss would be under other limits of suppression, and for other k."""

from __future__ import annotations

import time
from fractions import Fraction
from typing import Any, Final

from kiaim_server.model.solution import LocalSolution
from kiaim_server.pipeline.prepare import Prepared
from kiaim_server.pipeline.stages import Clock
from kiaim_server.privacy import KAnonymity
from kiaim_server.report import Facts, build_exploration
from kiaim_server.search import explore_k, explore_suppression

#: Shares of records that may be suppressed, beside the policy's own.
SHARES: Final = tuple(Fraction(n, 1000) for n in (0, 5, 10, 20, 50, 100, 200, 500, 1000))
#: Sizes of classes, beside the policy's own.
SIZES: Final = (2, 3, 5, 10, 11, 20, 50, 100)


def explore(
    prepared: Prepared, facts: Facts, clock: Clock, seconds: float | None
) -> dict[str, Any]:
    """Both fronts of the problem, as JSON values; each may search for `seconds`.

    They are those of full-domain generalization, where the policy asks for local recoding too.
    """
    problem = prepared.problem
    n_records = problem.tuples.n_records
    own = [int(m.at_least) for m in problem.models if isinstance(m, KAnonymity)]
    limits = [int(share * n_records) for share in SHARES]
    began = time.perf_counter()
    with clock.step("explore"):
        monitor, known = clock.monitor, facts.solution
        if isinstance(known, LocalSolution):
            known = known.full_domain
        by_limit = explore_suppression(problem, limits, monitor, known, seconds)
        by_k = explore_k(problem, SIZES, monitor, known, seconds)
    return build_exploration(
        by_limit,
        by_k,
        hierarchies=problem.hierarchies,
        n_records=n_records,
        limit=problem.max_suppressed,
        k=max(own, default=None),
        measure=facts.plan.objective.loss,
        seconds=time.perf_counter() - began,
    )
