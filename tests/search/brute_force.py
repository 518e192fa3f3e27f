"""The optimum by trying every node, written from the definitions, record by record."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np

from kiaim_server.audit.estimates import estimated_uniques
from kiaim_server.audit.standing import stands_for
from kiaim_server.model.contract import PrivacyModel
from kiaim_server.model.encoded import EncodedTable, QuasiColumn
from kiaim_server.privacy import (
    BetaLikeness,
    DeltaDisclosure,
    DeltaPresence,
    EstimatedKMap,
    KAnonymity,
    KMap,
    LDiversity,
    TCloseness,
)
from kiaim_server.risk import (
    AverageReidentificationRisk,
    EstimatedPopulationUniqueness,
    SampleUniqueness,
)
from tests.search.measures import loss
from tests.search.problems import Case

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Node:
    """A node, its loss and the numbers of the records that it suppresses."""

    loss: float
    levels: tuple[int, ...]
    suppressed: frozenset[int]


class Counting:
    """Who counts: records, or the persons that they are of; and which records may be released."""

    def __init__(self, case: Case) -> None:
        encoded = case.encoded
        n = encoded.n_records
        self.who = list(range(n)) if encoded.persons is None else encoded.persons.tolist()
        self.candidates = [r for r in range(n) if encoded.subset is None or encoded.subset[r]]
        self.values = {c.name: c.codes.tolist() for c in encoded.sensitive}

    def size(self, records: Iterable[int]) -> int:
        """Records, or persons."""
        return len({self.who[r] for r in records})

    def values_of(self, records: Iterable[int], attribute: str) -> Counter[int]:
        """Records, or persons, per value."""
        column = self.values[attribute]
        return Counter(value for _, value in {(self.who[r], column[r]) for r in records})


@dataclass(frozen=True)
class Group:
    """A class: records that may be released, and those and all others of the population."""

    members: list[int]
    population: list[int]


def solutions(case: Case) -> list[Node]:
    """Every node that keeps a record, whatever it suppresses."""
    candidates = Counting(case).candidates
    place = {record: i for i, record in enumerate(candidates)}
    released = Case(_restricted(case.encoded, candidates), case.problem)
    nodes = []
    for levels in itertools.product(*(range(low, high + 1) for low, high in case.problem.levels)):
        suppressed = suppress(case, levels)
        if len(suppressed) < len(candidates):
            lost = loss(released, levels, frozenset(place[r] for r in suppressed))
            nodes.append(Node(lost, levels, suppressed))
    return nodes


def _restricted(encoded: EncodedTable, records: list[int]) -> EncodedTable:
    """What is left of the table if it has these records only."""
    quasi = tuple(QuasiColumn(c.hierarchy, c.codes[records]) for c in encoded.quasi)
    return EncodedTable(quasi, (), len(records))


def optimum(case: Case) -> Node | None:
    """The best node within the limit."""
    allowed = [n for n in solutions(case) if len(n.suppressed) <= case.problem.max_suppressed]
    return min(allowed, key=lambda n: (n.loss, sum(n.levels), n.levels), default=None)


def suppress(case: Case, levels: Sequence[int]) -> frozenset[int]:
    """The records that a node suppresses, of those that might be released."""
    counting = Counting(case)
    everybody = counting.candidates
    models = case.problem.models
    classes = _classes(case, levels, frozenset(everybody))
    if any(_forbids_outsiders(m) for m in models) and not all(c.members for c in classes):
        return frozenset(everybody)
    kept = [
        c for c in classes if c.members and not any(_surely_fails(m, c, counting) for m in models)
    ]
    while kept:
        released = case.problem.reference == "released"
        reference = [r for c in kept for r in c.members] if released else everybody
        good = [c for c in kept if all(holds(m, c, reference, counting) for m in models)]
        if released and len(good) < len(kept):
            kept = good
            continue
        ascending = sorted(good, key=lambda c: counting.size(c.members))
        while ascending and not all(holds_for_release(m, ascending, counting) for m in models):
            ascending.pop(0)
        unchanged = len(ascending) == len(good)
        kept = [c for c in good if any(c is other for other in ascending)]
        if not released or unchanged:
            break
    return frozenset(everybody) - {r for c in kept for r in c.members}


def _classes(case: Case, levels: Sequence[int], candidates: frozenset[int]) -> list[Group]:
    """Classes of the whole input, in the order of their smallest tuple."""
    columns = case.encoded.quasi
    groups = defaultdict(list)
    for record in sorted(
        range(case.encoded.n_records), key=lambda r: tuple(int(c.codes[r]) for c in columns)
    ):
        pairs = zip(columns, levels, strict=True)
        groups[tuple(int(c.hierarchy.maps[level][c.codes[record]]) for c, level in pairs)].append(
            record
        )
    return [Group([r for r in g if r in candidates], g) for g in groups.values()]


def _forbids_outsiders(model: PrivacyModel) -> bool:
    return isinstance(model, DeltaPresence) and bool(model.at_least)


def _surely_fails(model: PrivacyModel, group: Group, counting: Counting) -> bool:
    """Fails whatever the reference is, and in every part of the class."""
    size = counting.size(group.members)
    match model:
        case KAnonymity():
            return size < model.at_least
        case LDiversity():  # of every variant
            values = counting.values_of(group.members, model.attribute)
            return len(values) < model.at_least - TOLERANCE
        case SampleUniqueness():
            return model.at_most == 0 and size == 1
        case KMap():
            return counting.size(group.population) < model.at_least
        case EstimatedKMap():
            return not _stands(model, size)
        case DeltaPresence():  # one of the subset is too many already
            most = 1 if model.at_most is None else model.at_most
            return counting.size(group.population) * most < 1
    return False


def _stands(model: EstimatedKMap, size: int) -> bool:
    """Whether a class stands for k of the population, by the audit's arithmetic."""
    standing = stands_for(model.estimator, size, model.sampling_fraction, model.significance)
    return standing >= model.at_least


def holds(model: PrivacyModel, group: Group, reference: list[int], counting: Counting) -> bool:
    size, population = counting.size(group.members), counting.size(group.population)
    if model.attribute is None:
        match model:
            case KAnonymity():
                return size >= model.at_least
            case KMap():
                return population >= model.at_least
            case EstimatedKMap():
                return _stands(model, size)
            case DeltaPresence():
                share = Fraction(size, population)
                least = 0 if model.at_least is None else model.at_least
                return least <= share <= (1 if model.at_most is None else model.at_most)
        return True
    counts = counting.values_of(group.members, model.attribute)
    total = counting.values_of(reference, model.attribute)
    n_members, n_reference = sum(counts.values()), sum(total.values())
    match model:
        case LDiversity(variant="distinct"):
            return len(counts) >= model.at_least
        case LDiversity(variant="entropy"):
            weighted = 0.0  # in the order of the values, one by one: rounding decides ties
            for value in sorted(counts):
                weighted += counts[value] * math.log(counts[value])
            n = n_members
            return weighted <= n * (math.log(n) - math.log(float(model.at_least)))
        case LDiversity(variant="grassberger"):
            n = n_members
            entropy = math.log(n) - sum(m * _grassberger(m) for m in counts.values()) / n
            return len(counts) >= model.at_least and entropy >= math.log(model.at_least)
        case LDiversity(variant="recursive"):
            falling = sorted(counts.values(), reverse=True)
            return falling[0] < model.c * sum(falling[int(model.at_least) - 1 :])
        case DeltaDisclosure():
            whole = [_ratio(counts, total, v) for v in counts]
            return all(_log2_below(max(x, 1 / x), model.at_most) for x in whole)
        case BetaLikeness():
            gains = {v: _ratio(counts, total, v) - 1 for v in counts}
            own = {v: -math.log(Fraction(total[v], total.total())) for v in counts}
            enhanced = model.variant == "enhanced"
            return all(
                gain <= model.at_most and (not enhanced or gain <= own[v])
                for v, gain in gains.items()
            )
        case TCloseness():
            differences = [
                Fraction(counts[v], n_members) - Fraction(total[v], n_reference)
                for v in sorted(total)
            ]
            distance = sum(map(abs, differences)) / 2
            if model.variant == "hierarchical":
                distance = _moved(model, dict(zip(sorted(total), differences, strict=True)))
            if model.variant == "ordered":
                sums = itertools.accumulate(differences)
                distance = sum(map(abs, sums)) / max(1, len(differences) - 1)
            return distance <= model.at_most + TOLERANCE
    raise AssertionError(model)


def _moved(model: TCloseness, surplus: dict[int, Fraction]) -> Fraction:
    """What it costs to move what values have too much to those that have too little.

    Level by level, as much as can be moved within each group; l / height for each move at level l.
    """
    height = model.tree.n_levels - 1
    cost = Fraction(0)
    for level in range(1, height + 1):
        groups = defaultdict(list)
        for value, extra in surplus.items():
            groups[int(model.tree.maps[level][value])].append((value, extra))
        surplus = {}
        for members in groups.values():
            too_much = sum(extra for _, extra in members if extra > 0)
            too_little = -sum(extra for _, extra in members if extra < 0)
            cost += Fraction(level, height) * min(too_much, too_little)
            surplus[members[0][0]] = too_much - too_little
    return cost


def _ratio(counts: Counter[int], total: Counter[int], value: int) -> Fraction:
    """p / q of a value."""
    return Fraction(counts[value], counts.total()) / Fraction(total[value], total.total())


def _grassberger(n: int) -> float:
    """G_n by its recurrence."""
    return -0.5772156649015329 - math.log(2) + sum(2 / (2 * m - 1) for m in range(1, n // 2 + 1))


def _log2_below(x: Fraction, bound: Fraction) -> bool:
    """Whether log2 x < a/b: exactly, by x^b < 2^a; with 60 digits where b is too large for that.

    Then nothing is at the bound, as only powers of 2 have a rational logarithm, a whole one.
    """
    if bound.denominator <= 100:
        return x**bound.denominator < 2**bound.numerator
    with localcontext() as context:
        context.prec = 60
        log2 = (Decimal(x.numerator) / x.denominator).ln() / Decimal(2).ln()
        return log2 < Decimal(bound.numerator) / bound.denominator


def holds_for_release(model: PrivacyModel, classes: list[Group], counting: Counting) -> bool:
    sizes = [counting.size(c.members) for c in classes]
    match model:
        case EstimatedPopulationUniqueness():  # by the audit's formulas and solvers
            counts = np.array(sizes, dtype=np.int64)
            share, _ = estimated_uniques(model.estimator, counts, int(model.population or 0))
            return share is not None and share <= model.at_most
        case SampleUniqueness():
            return Fraction(sizes.count(1), sum(sizes)) <= model.at_most
        case AverageReidentificationRisk():
            return Fraction(len(sizes), sum(sizes)) <= model.at_most
    return True
