"""What stands in the way of a solution, and how far away the nearest solvable problems are.

Everything is found by search: a bound counts as feasible only with a node that satisfies it, and as
infeasible only if the search has closed the whole lattice.
"""

from __future__ import annotations

import itertools
import math
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from kiaim_server.errors import PluginError
from kiaim_server.hooks.guard import attempt
from kiaim_server.model.contract import PrivacyModel
from kiaim_server.model.diagnosis import Diagnosis, LeastSuppression, Relaxation, Witness
from kiaim_server.model.progress import Monitor
from kiaim_server.model.solution import Infeasible, SearchProblem, Solution, Undecided
from kiaim_server.search.dials import FINE, Dial, dials, looser_keeps_more
from kiaim_server.search.evaluate import Candidate, Evaluator, classes_kept
from kiaim_server.search.least import FewestSuppressed
from kiaim_server.search.obstacles import describe_model
from kiaim_server.search.onestep import OneStep
from kiaim_server.search.optimum import find_optimum

#: Nodes that are tried before a search; each costs about as much as a small one.
_REMEMBERED: Final = 3

#: Seconds that `diagnose` takes at most, unless told otherwise.
SECONDS: Final = 10.0


def diagnose(problem: SearchProblem, monitor: Monitor, seconds: float = SECONDS) -> Diagnosis:
    """Search around a problem that has no solution.

    Finds the least suppression at which a solution exists, the minimal sets of models that cannot
    hold together, and for every bound of a model the nearest one that is feasible while all else
    stays as demanded.

    Parameters
    ----------
    problem
        One of which `find_optimum` has proven that no node is a solution.
    monitor
        Told the step ``diagnose``; a point at which this can be cancelled.
    seconds
        When the time is up, what is proven so far is returned and says that it is not all. One
        search ends within a few tenths of a second after it.

    Notes
    -----
    The number of searches is at most 1 for the suppression, 2^m for the conflicts of m models, and
    2 log2(range / step) for each bound; nodes that are known already answer most of them.
    """
    return _Inquiry(problem, monitor, seconds).diagnosis()


class _OutOfTime(Exception):  # noqa: N818 - no error, an answer
    """The time for the present question is up."""


class _Inquiry:
    """Answers whether sets of models have a solution, and remembers the nodes that it has seen."""

    def __init__(self, problem: SearchProblem, monitor: Monitor, seconds: float) -> None:
        self._problem = problem
        self._monitor = monitor
        self._began = time.monotonic()
        self._until = self._began + seconds
        self._latest: deque[tuple[int, ...]] = deque(maxlen=_REMEMBERED)
        self._fewest = FewestSuppressed(problem.hierarchies, problem.tuples.n_records)
        self._n_searches = 0

    def diagnosis(self) -> Diagnosis:
        """Everything, the most telling first."""
        least = self._least_suppression(self._share_of_time(1 / 2))
        conflicts, complete = self._conflicts(self._share_of_time(1 / 2))
        models = self._problem.models
        obstacles = {c[0] for c in conflicts if len(c) == 1}
        return Diagnosis(
            least=least,
            conflicts=tuple(tuple(describe_model(models[i]) for i in c) for c in conflicts),
            conflicts_complete=complete,
            relaxations=tuple(self._relaxations(obstacles)),
            n_searches=self._n_searches,
            seconds=time.monotonic() - self._began,
        )

    def _share_of_time(self, share: float) -> float:
        """When a question has used up its share of the time that is left."""
        now = time.monotonic()
        return now + max(0.0, self._until - now) * share

    # --- suppression

    def _least_suppression(self, until: float) -> LeastSuppression:
        """The optimum of a measure that counts nothing but suppressed records."""
        n_records, models = self._problem.tuples.n_records, self._problem.models
        proven = self._problem.max_suppressed + 1
        try:
            found = self._search(models, n_records, until)
        except _OutOfTime:
            seen = self._evaluated(models)
            best = min(seen, key=lambda c: (c.n_suppressed, c.levels), default=None)
            witness = None if best is None else _witness(best)
        else:
            if found is None:
                return LeastSuppression(None, n_records, exact=True)
            witness = Witness(found.levels, found.n_suppressed)
            # The measure is the number of records and a fraction below 1.
            proven = max(proven, math.ceil(found.lower_bound - 1 - 1e-6))
            if found.optimal:
                proven = found.n_suppressed
        exact = witness is not None and witness.n_suppressed == proven
        return LeastSuppression(witness, proven, exact)

    # --- conflicts

    def _conflicts(self, until: float) -> tuple[list[tuple[int, ...]], bool]:
        """Minimal infeasible sets of models, smallest first, and whether they are all."""
        models = self._problem.models
        conflicts: list[tuple[int, ...]] = []
        try:
            for size in range(1, len(models) + 1):
                for chosen in itertools.combinations(range(len(models)), size):
                    if any(set(c) <= set(chosen) for c in conflicts):
                        continue
                    # The set of all models is known to be infeasible.
                    if size == len(models) or not self._solvable(
                        [models[i] for i in chosen], until
                    ):
                        conflicts.append(chosen)
        except _OutOfTime:
            return conflicts, False
        return conflicts, True

    # --- bounds

    def _relaxations(self, obstacles: set[int]) -> Iterator[Relaxation]:
        """The nearest feasible bounds; of each that is an obstacle among others, also alone."""
        models = self._problem.models
        turned = [(i, dial) for i, model in enumerate(models) for dial in _dials_of(model)]
        for n, (i, dial) in enumerate(turned):
            until = self._share_of_time(1 / (len(turned) - n))
            found = _Turning(self, models, i, dial, until).relaxation()
            yield found
            if i in obstacles and found.bound is None and len(models) > 1:
                alone = _Turning(self, (models[i],), 0, dial, until).relaxation()
                yield replace(alone, alone=True)

    # --- questions

    def solve(self, models: Sequence[PrivacyModel], until: float) -> Candidate | None:
        """A node that satisfies these models within the suppression limit; None if none does.

        Raises
        ------
        _OutOfTime
            If neither is known by then.
        """
        for candidate in self._evaluated(models):
            if candidate.n_suppressed <= self._problem.max_suppressed:
                return candidate
        limit = self._problem.max_suppressed
        found = self._search(models, limit, until)
        return None if found is None else self.at(models, found.levels)

    def _solvable(self, models: Sequence[PrivacyModel], until: float) -> bool:
        return self.solve(models, until) is not None

    def at(self, models: Sequence[PrivacyModel], levels: tuple[int, ...]) -> Candidate | None:
        """One node under these models, None if it is no solution."""
        limit = self._problem.max_suppressed
        candidate = Evaluator(self._posed(models, limit)).evaluate(levels)
        return candidate if candidate is not None and candidate.n_suppressed <= limit else None

    def _evaluated(self, models: Sequence[PrivacyModel]) -> Iterator[Candidate]:
        """Some nodes under these models, as far as they keep a record: the latest found first."""
        evaluator = Evaluator(self._posed(models, self._problem.max_suppressed))
        for levels in [*self._latest, tuple(high for _, high in self._problem.levels)]:
            candidate = evaluator.evaluate(levels)
            if candidate is not None:
                yield candidate

    def _posed(self, models: Sequence[PrivacyModel], limit: int) -> SearchProblem:
        return replace(self._problem, models=tuple(models), max_suppressed=limit, loss=self._fewest)

    def _search(self, models: Sequence[PrivacyModel], limit: int, until: float) -> Solution | None:
        """A solution that suppresses few records, the fewest if it is optimal."""
        left = until - time.monotonic()
        if left <= 0:
            raise _OutOfTime
        self._n_searches += 1
        found = find_optimum(self._posed(models, limit), OneStep(self._monitor, "diagnose"), left)
        if isinstance(found, Undecided):
            raise _OutOfTime
        if isinstance(found, Infeasible):
            return None
        if found.levels not in self._latest:
            self._latest.appendleft(found.levels)
        return found

    @property
    def problem(self) -> SearchProblem:
        """What has no solution."""
        return self._problem


class _Turning:
    """Turns one dial until the nearest feasible notch is found.

    `bad` is a notch that is infeasible, and `good` a feasible one with its `candidate`; between
    them nothing is known. If a looser bound never suppresses more, all notches stricter than `bad`
    are infeasible with it.
    """

    def __init__(
        self,
        inquiry: _Inquiry,
        models: Sequence[PrivacyModel],
        index: int,
        dial: Dial,
        until: float,
    ) -> None:
        self._inquiry = inquiry
        self._index = index
        self._dial = dial
        self._until = until
        self._models = models
        self._bad = dial.start
        self._good: int | None = None
        self._candidate: Candidate | None = None
        self._exact = True
        self._nests = looser_keeps_more(inquiry.problem, models, dial.model)

    def relaxation(self) -> Relaxation:
        """Search, as long as there is time, and say what was found."""
        try:
            self._find()
        except (_OutOfTime, PluginError):  # a plugin may be unable to judge by another bound
            self._exact = False
        dial, candidate = self._dial, self._candidate
        at_start = self._bad == dial.start
        return Relaxation(
            model=describe_model(dial.model, with_bounds=False),
            key=dial.key,
            required=dial.required,
            bound=None if self._good is None else self._spelt(self._good),
            witness=None if candidate is None else _witness(candidate),
            step=dial.step,
            infeasible=dial.required if at_start else dial.bound(self._bad),
            exact=self._exact,
        )

    def _find(self) -> None:
        others = [m for i, m in enumerate(self._models) if i != self._index]
        without = self._inquiry.solve(others, self._until)
        if without is not None:
            self._loosen(without)
            if self._good is not None:
                self._bisect()
        if not self._nests:
            self._try_all()
        elif self._good is None and self._dial.loosest is None and without is not None:
            self._exact = False  # no end of the dial to prove anything at

    def _loosen(self, without: Candidate) -> None:
        """The first feasible notch: what a solution without the model keeps of it, or the end."""
        dial = self._dial
        measured = self._measured(without)
        if measured is not None:
            # A strict bound, or one that is compared exactly, is kept a notch further only.
            for notch in (measured, measured + dial.sign):
                if dial.allows(dial.bound(notch)) and self._accept(notch, without):
                    return
        if dial.loosest is not None:
            self._ask(dial.loosest)

    def _bisect(self) -> None:
        """Close in; every other question is whether the best so far is the answer already."""
        for turn in itertools.count():
            assert self._good is not None  # noqa: S101 - `_loosen` has found one
            distance = abs(self._good - self._bad)
            if distance <= 1:
                return
            towards = -self._dial.sign * (1 if turn % 2 else distance // 2)
            self._ask(self._good + towards)

    def _try_all(self) -> None:
        """Ask for every count between, the strictest first: nothing follows from one to another."""
        dial = self._dial
        self._bad = dial.start
        end = self._good if self._good is not None else dial.loosest
        if end is None or (dial.step == FINE and end != dial.start):
            self._exact = False
            return
        for notch in range(dial.start + dial.sign, end + dial.sign, dial.sign):
            if notch == self._good or self._ask(notch):
                return

    def _ask(self, notch: int) -> bool:
        """Search at a notch and take the answer in."""
        candidate = self._inquiry.solve(self._turned(notch), self._until)
        if candidate is None:
            self._bad = notch
            return False
        self._good, self._candidate = notch, candidate
        measured = self._measured(candidate)
        if measured is not None and self._dial.looser(notch, measured):
            self._accept(measured, candidate)
        return True

    def _accept(self, notch: int, candidate: Candidate) -> bool:
        """Take a notch that a node was measured to keep, if the node is a solution with it."""
        if not self._dial.looser(notch, self._bad):
            return False
        attained = self._inquiry.at(self._turned(notch), candidate.levels)
        if attained is None:
            return False
        self._good, self._candidate = notch, attained
        return True

    def _turned(self, notch: int) -> list[PrivacyModel]:
        return self._with(self._dial.bound(notch))

    def _with(self, bound: Fraction) -> list[PrivacyModel]:
        models = list(self._models)
        models[self._index] = self._dial.turned(bound)
        return models

    def _measured(self, candidate: Candidate) -> int | None:
        """The strictest notch that the kept classes of a node keep; None if it is not defined."""
        value = self._value(candidate)
        return None if value is None else self._dial.notch_of(value)

    def _value(self, candidate: Candidate) -> float | None:
        model = self._dial.model
        attributes = () if model.attribute is None else (model.attribute,)
        classes = classes_kept(
            self._inquiry.problem, candidate.levels, candidate.suppressed, attributes
        )
        try:
            value = attempt(model.name, "measure", lambda: float(model.measure(classes)))
        except PluginError:
            return None  # it can be searched all the same
        return value if math.isfinite(value) else None

    def _spelt(self, notch: int) -> Fraction:
        """The bound at a notch; where the node attains 1/n, that."""
        bound = self._dial.bound(notch)
        if self._candidate is None or self._dial.step != FINE:
            return bound
        value = self._value(self._candidate)
        if value is None or value <= 0 or self._dial.notch_of(value) != notch:
            return bound
        unit = Fraction(1, max(1, round(1 / value)))
        fits = abs(float(unit) - value) < 1e-12 and self._dial.allows(unit)
        if fits and self._inquiry.at(self._with(unit), self._candidate.levels) is not None:
            return unit
        return bound


def _dials_of(model: PrivacyModel) -> list[Dial]:
    try:
        return list(dials(model))
    except PluginError:
        return []


def _witness(candidate: Candidate) -> Witness:
    return Witness(candidate.levels, candidate.n_suppressed)
