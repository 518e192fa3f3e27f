"""The optimum by trying every node, written from the definitions, record by record."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np

from kiaim_server.audit.estimates import estimated_uniques
from kiaim_server.model.contract import PrivacyModel
from kiaim_server.privacy import (
    BetaLikeness,
    DeltaDisclosure,
    KAnonymity,
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

Values = Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class Node:
    """A node, its loss and the numbers of the records that it suppresses."""

    loss: float
    levels: tuple[int, ...]
    suppressed: frozenset[int]


def solutions(case: Case) -> list[Node]:
    """Every node that keeps a record, whatever it suppresses."""
    nodes = []
    for levels in itertools.product(*(range(low, high + 1) for low, high in case.problem.levels)):
        suppressed = suppress(case, levels)
        if len(suppressed) < case.encoded.n_records:
            nodes.append(Node(loss(case, levels, suppressed), levels, suppressed))
    return nodes


def optimum(case: Case) -> Node | None:
    """The best node within the limit."""
    allowed = [n for n in solutions(case) if len(n.suppressed) <= case.problem.max_suppressed]
    return min(allowed, key=lambda n: (n.loss, sum(n.levels), n.levels), default=None)


def suppress(case: Case, levels: Sequence[int]) -> frozenset[int]:
    """The records that a node suppresses."""
    columns = case.encoded.quasi
    everybody = range(case.encoded.n_records)
    values = {c.name: c.codes.tolist() for c in case.encoded.sensitive}
    groups = defaultdict(list)
    for record in sorted(everybody, key=lambda r: tuple(int(c.codes[r]) for c in columns)):
        pairs = zip(columns, levels, strict=True)
        groups[tuple(int(c.hierarchy.maps[level][c.codes[record]]) for c, level in pairs)].append(
            record
        )
    classes = list(groups.values())  # in the order of their smallest tuple
    models = case.problem.models
    kept = [c for c in classes if not any(_surely_fails(m, c, values) for m in models)]
    while kept:
        released = case.problem.reference == "released"
        reference = list(itertools.chain(*kept)) if released else list(everybody)
        good = [c for c in kept if all(_holds(m, c, reference, values) for m in models)]
        if released and len(good) < len(kept):
            kept = good
            continue
        ascending = sorted(good, key=len)
        while ascending and not all(_holds_for_release(m, ascending) for m in models):
            ascending.pop(0)
        unchanged = len(ascending) == len(good)
        kept = [c for c in good if any(c is other for other in ascending)]
        if not released or unchanged:
            break
    return frozenset(everybody) - frozenset(itertools.chain(*kept))


def _surely_fails(model: PrivacyModel, members: list[int], values: Values) -> bool:
    """Fails whatever the reference is, and in every part of the class."""
    match model:
        case KAnonymity():
            return len(members) < model.at_least
        case LDiversity():  # of every variant
            return len({values[model.attribute][r] for r in members}) < model.at_least - TOLERANCE
        case SampleUniqueness():
            return model.at_most == 0 and len(members) == 1
    return False


def _holds(model: PrivacyModel, members: list[int], reference: list[int], values: Values) -> bool:
    if model.attribute is None:
        return not isinstance(model, KAnonymity) or len(members) >= model.at_least
    column = values[model.attribute]
    counts = Counter(column[r] for r in members)
    total = Counter(column[r] for r in reference)
    match model:
        case LDiversity(variant="distinct"):
            return len(counts) >= model.at_least
        case LDiversity(variant="entropy"):
            weighted = 0.0  # in the order of the values, one by one: rounding decides ties
            for value in sorted(counts):
                weighted += counts[value] * math.log(counts[value])
            n = len(members)
            return weighted <= n * (math.log(n) - math.log(float(model.at_least)))
        case LDiversity(variant="grassberger"):
            n = len(members)
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
                Fraction(counts[v], len(members)) - Fraction(total[v], len(reference))
                for v in sorted(total)
            ]
            distance = sum(map(abs, differences)) / 2
            if model.variant == "ordered":
                sums = itertools.accumulate(differences)
                distance = sum(map(abs, sums)) / max(1, len(differences) - 1)
            return distance <= model.at_most + TOLERANCE
    raise AssertionError(model)


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


def _holds_for_release(model: PrivacyModel, classes: list[list[int]]) -> bool:
    records = sum(map(len, classes))
    match model:
        case EstimatedPopulationUniqueness():  # by the audit's formulas and solvers
            sizes = np.array([len(c) for c in classes], dtype=np.int64)
            share, _ = estimated_uniques(model.estimator, sizes, int(model.population or 0))
            return share is not None and share <= model.at_most
        case SampleUniqueness():
            return Fraction(sum(len(c) == 1 for c in classes), records) <= model.at_most
        case AverageReidentificationRisk():
            return Fraction(len(classes), records) <= model.at_most
    return True
