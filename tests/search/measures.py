"""Information loss measures from their definitions, record by record or class by class."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction

from kiaim_server.loss import (
    Ambiguity,
    AverageClassSize,
    Discernibility,
    Height,
    Loss,
    NonUniformEntropy,
    Precision,
)
from kiaim_server.model.encoded import QuasiColumn
from tests.search.problems import Case


def loss(case: Case, levels: Sequence[int], suppressed: frozenset[int]) -> float:
    """What the case's measure says of a node that suppresses these records."""
    measure = case.problem.loss
    n = case.encoded.n_records
    columns = case.encoded.quasi
    kept = [r for r in range(n) if r not in suppressed]
    match measure:
        case Loss():
            return _loss(measure, case, levels, suppressed)
        case AverageClassSize():
            return n / (len(_classes(case, levels, kept)) + bool(suppressed))
        case Discernibility():
            sizes = _classes(case, levels, kept)
            return float(sum(s * s for s in sizes) + len(suppressed) * n)
        case Height():
            return float(sum(levels))
        case Precision():
            g_factor, _ = factors(measure.gs_factor)
            shares = [
                level / max(1, c.hierarchy.n_levels - 1) * g_factor
                for c, level in zip(columns, levels, strict=True)
            ]
            losses = [math.fsum([len(kept) * s, len(suppressed)]) / n for s in shares]
            total = math.fsum(weighted(losses, measure.weights, columns))
            return total / len(losses) if losses else 0.0
        case Ambiguity():
            total = math.prod(c.hierarchy.n_leaves for c in columns)
            widths = []
            for record in kept:
                width = 1
                for c, level in zip(columns, levels, strict=True):
                    up = c.hierarchy.maps[level].tolist()
                    width *= up.count(up[c.codes[record]])
                widths.append(width)
            return float(sum(widths) + len(suppressed) * total)
        case NonUniformEntropy():
            losses = [
                _entropy(measure, column, level, suppressed)
                for column, level in zip(columns, levels, strict=True)
            ]
            return math.fsum(weighted(losses, measure.weights, columns))
    raise AssertionError(measure)


def _classes(case: Case, levels: Sequence[int], records: Sequence[int]) -> list[int]:
    sizes: dict[tuple[int, ...], int] = defaultdict(int)
    for record in records:
        pairs = zip(case.encoded.quasi, levels, strict=True)
        sizes[tuple(int(c.hierarchy.maps[level][c.codes[record]]) for c, level in pairs)] += 1
    return list(sizes.values())


def _entropy(
    measure: NonUniformEntropy, column: QuasiColumn, level: int, suppressed: frozenset[int]
) -> float:
    g_factor, s_factor = factors(measure.gs_factor)
    values = column.codes.tolist()
    general = column.hierarchy.maps[level][column.codes].tolist()
    original, together = Counter(values), Counter(general)
    bits = math.fsum(
        g_factor * math.log2(together[g] / original[v])
        for v, g in zip(values, general, strict=True)
    )
    gone = Counter(general[r] for r in suppressed)
    hidden = math.fsum(math.log2(len(suppressed) / gone[general[r]]) for r in suppressed)
    return math.floor((bits + s_factor * hidden) * 1e10) / 1e10


def _loss(measure: Loss, case: Case, levels: Sequence[int], suppressed: frozenset[int]) -> float:
    """Totals as the correctly rounded sum over leaves."""
    n = case.encoded.n_records
    g_factor, s_factor = factors(measure.gs_factor)
    losses = []
    for column, level in zip(case.encoded.quasi, levels, strict=True):
        leaves = column.hierarchy.maps[level].tolist()
        share = {leaf: leaves.count(code) / len(leaves) for leaf, code in enumerate(leaves)}
        kept = Counter(int(c) for r, c in enumerate(column.codes) if r not in suppressed)
        gone = Counter(int(c) for r, c in enumerate(column.codes) if r in suppressed)
        parts = [count * (share[leaf] * g_factor) for leaf, count in kept.items()]
        parts += [
            count * (share[leaf] + s_factor * (1 - share[leaf])) for leaf, count in gone.items()
        ]
        least = g_factor * n / len(leaves)
        span = n - least
        scaled = (math.fsum(parts) - least) / span if span > 0 else 0.0
        losses.append(math.floor(max(0.0, scaled) * 1e10) / 1e10)
    if not losses:
        return 0.0
    losses = weighted(losses, measure.weights, case.encoded.quasi)
    if measure.aggregate == "arithmetic-mean":
        return sum(losses) / len(losses)
    return math.prod(x + 1 for x in losses) ** (1 / len(losses)) - 1


def factors(gs_factor: Fraction) -> tuple[float, float]:
    gs = float(gs_factor)
    return (1.0 if gs <= 0.5 else 1 - 2 * (gs - 0.5)), (2 * gs if gs < 0.5 else 1.0)


def weighted(
    losses: list[float], weights: Mapping[str, Fraction], columns: Sequence[QuasiColumn]
) -> list[float]:
    if not weights or not losses:
        return losses
    given = [weights.get(c.name, Fraction(1)) for c in columns]
    largest = max(given)
    relative = [float(w / largest) if largest else 1.0 for w in given]
    return [x * w for x, w in zip(losses, relative, strict=True)]
