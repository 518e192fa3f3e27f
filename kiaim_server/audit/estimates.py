"""Population uniqueness as the audit estimates it: by formulas and solvers of its own.

Where the search interpolates, this bisects; where it uses asymptotic series of digamma, this sums
(Euler and Maclaurin, whose first terms are added one by one); and of two unknowns it eliminates the
other. Both have at least nine digits; a relative difference of more than `AGREEMENT`, where it is
more than rounding (`kiaim_server.model.bounds.TOLERANCE`), means that one of them is wrong, and
refuses the release.

Zayatz 1991; Hoshino 2001 (Pitman's model); Chen and Keller-McNulty 1998 (slide negative binomial),
with the third estimator of Haas and Stokes 1998; the rule of Dankar et al. 2012.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

#: Largest relative difference between estimates of the search and of the audit.
AGREEMENT: Final = 1e-6

#: Terms that are added one by one before Euler and Maclaurin's formula takes over.
_HEAD: Final = 32
_BLOCK: Final = 1_000_000

#: A value, or None and the reason.
Answer = tuple[float | None, str]


@dataclass(frozen=True)
class _Counts:
    """Classes by size, ascending; records, classes and persons."""

    pairs: tuple[tuple[int, int], ...]
    n: int
    u: int
    population: int

    def of(self, size: int) -> int:
        return dict(self.pairs).get(size, 0)


def estimated_uniques(estimator: str, sizes: np.ndarray, population: int) -> Answer:
    """Share of the population that is unique in it; None with the reason if it cannot be told.

    `sizes` is int64[:], at least one class. O(largest class) time at most.

    Raises
    ------
    KeyError
        For an estimator that is not in `ESTIMATORS`.
    """
    estimate = ESTIMATORS[estimator]
    values, numbers = np.unique(sizes, return_counts=True)
    pairs = tuple(zip(values.tolist(), numbers.tolist(), strict=True))
    counts = _Counts(pairs, int(sizes.sum()), len(sizes), population)
    if counts.n > population:
        return None, (
            f"the population is said to have {population} persons, but the table has {counts.n} "
            "records"
        )
    uniques = counts.of(1)
    if uniques == 0 or counts.n == population:
        return uniques / counts.n, ""
    value, reason = estimate(counts)
    if value is not None and not 0 <= value <= 1:
        return None, f"{estimator} gives {value:.3g}, which is no share"
    return value, reason


def _zayatz(counts: _Counts) -> Answer:
    """c_1^2 / n over the sum of c_j j q_j, q_j a product of hypergeometric ratios, one by one."""
    log_ratios = _log_ratios(counts)
    terms = [n * size * math.exp(next(log_ratios)) for size, n in counts.pairs]
    return counts.of(1) ** 2 / counts.n / math.fsum(terms), ""


def _log_ratios(counts: _Counts) -> Iterator[float]:
    """For each size j the sum of log((N-n-i) / (N-1-i)) over i < j - 1."""
    unsampled, others = counts.population - counts.n, counts.population - 1
    total, done = 0.0, 0
    for size, _ in counts.pairs:
        for first in range(done, size - 1, _BLOCK):
            i = np.arange(first, min(first + _BLOCK, size - 1), dtype=np.float64)
            if unsampled <= i[-1]:
                total = -math.inf  # the class is larger than what is outside the sample
                break
            total += math.fsum(np.log1p((unsampled - others) / (others - i)).tolist())
        done = max(done, size - 1)
        yield total


def _pitman(counts: _Counts) -> Answer:
    """N^(alpha-1) Gamma(theta+1) / Gamma(theta+alpha) at the largest likelihood, by bisection."""
    if counts.u == counts.n:
        return None, "every record is unique, for which Pitman's model has no best parameters"
    if counts.u == 1 or not _rises_at_zero(counts):
        return None, "Pitman's model does not fit: its likelihood has no maximum with 0 < alpha < 1"
    low, high = 0.0, 1.0
    for _ in range(60):
        alpha = (low + high) / 2
        theta = _best_theta(counts, alpha)
        inverses = _inverses((theta + alpha) / alpha, counts.u - 1) / alpha
        rise = (counts.u - 1 - theta * inverses) / alpha
        low, high = (alpha, high) if rise > _within_classes(counts, alpha) else (low, alpha)
    alpha = (low + high) / 2
    theta = _best_theta(counts, alpha)
    log_unique = _log_gamma_ratio(theta + alpha, 1 - alpha)
    return math.exp(log_unique - (1 - alpha) * math.log(counts.population)), ""


def _rises_at_zero(counts: _Counts) -> bool:
    """Whether the likelihood at its best theta grows as alpha leaves 0."""
    u, n = counts.u, counts.n
    theta = _positive_zero(lambda t: (u - 1) / t - _inverses(t + 1, n - 1))
    return u * (u - 1) / (2 * theta) > _within_classes(counts, 0.0)


def _best_theta(counts: _Counts, alpha: float) -> float:
    """Theta at which the derivative of the likelihood by theta vanishes, from theta + alpha."""

    def slope(start: float) -> float:
        of_classes = _inverses(start / alpha, counts.u - 1) / alpha
        return of_classes - _inverses(start - alpha + 1, counts.n - 1)

    return _positive_zero(slope) - alpha


def _within_classes(counts: _Counts, alpha: float) -> float:
    """Sum over classes of 1/(1-alpha) + ... + 1/(size-1-alpha)."""
    return math.fsum(n * _inverses(1 - alpha, size - 1) for size, n in counts.pairs)


def _positive_zero(falling: Callable[[float], float]) -> float:
    """The zero of a function of positive numbers that falls through it."""
    return math.exp(_zero(lambda log: falling(math.exp(log))))


def _zero(falling: Callable[[float], float], high: float | None = None) -> float:
    """The zero of a falling function by bisection, below `high` if that is given."""
    low = -1.0 if high is None else high - 1.0
    while falling(low) < 0:
        low -= 2 * abs(low)
    if high is None:
        high = 1.0
        while falling(high) > 0:
            high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return (low + high) / 2


def _inverses(start: float, n: int) -> float:
    """1/start + 1/(start+1) + ... of n terms, to full precision."""
    head = math.fsum(1.0 / (start + i) for i in range(min(n, _HEAD)))
    if n <= _HEAD:
        return head
    a, b = start + _HEAD, start + n - 1
    tail = math.log1p((b - a) / a) + (1 / a + 1 / b) / 2
    tail += (a**-2 - b**-2) / 12 - (a**-4 - b**-4) / 120 + (a**-6 - b**-6) / 252
    return head + tail


def _log_gamma_ratio(x: float, a: float) -> float:
    """log of Gamma(x + a) / Gamma(x), 0 < a < 1; from 10^4 on by Tricomi and Erdelyi."""
    if x < 1e4:
        return math.lgamma(x + a) - math.lgamma(x)
    b = a * (a - 1)
    return a * math.log(x) + b / (2 * x) - b * (2 * a - 1) / (12 * x * x)


def _slide_negative_binomial(counts: _Counts) -> Answer:
    """K beta^alpha / N, with w = alpha y between two roots of quadratics, found by bisection.

    For given w, y = 2 r/w + 2 (r - 1) - w, where r = (1-f)/f c_2/c_1; and log(E c_1 / (K f)) =
    w/y log(x) + log(1 + w), x = 1 - y f/(1-f), rises with w from where x is 0 to where y is 0.
    """
    ones, twos = counts.of(1), counts.of(2)
    if twos == 0:
        return None, "the slide negative binomial model needs classes of two records"
    f = counts.n / counts.population
    odds = counts.n / (counts.population - counts.n)
    r = twos / ones / odds
    classes = _classes_of_population(counts)
    wanted = math.log(ones / f / classes)
    lowest, below = _quadratic(1 / odds - 2 * (r - 1), 2 * r)
    highest, under = _quadratic(-2 * (r - 1), 2 * r)
    if math.log1p(highest) - highest * odds <= wanted:
        return None, (
            "the slide negative binomial model does not fit: it has no parameters with as many "
            "classes of one and of two records"
        )

    def at(log_distance: float) -> tuple[float, float, float]:
        distance = math.exp(log_distance)
        w = lowest + distance
        y = (highest - w) * (w + under) / w
        return w, y, log_distance + math.log(odds * (w + below) / w)  # the last is log(x)

    def short(log_distance: float) -> float:
        w, y, log_x = at(log_distance)
        return 1.0 if y > 0 and wanted > w / y * log_x + math.log1p(w) else -1.0

    w, y, log_x = at(_zero(short, math.log(highest - lowest)))
    return classes * math.exp(w / y * (log_x - math.log1p(y))) / counts.population, ""


def _quadratic(b: float, c: float) -> tuple[float, float]:
    """The positive root of x^2 + b x - c and the other one without its sign, for c > 0."""
    larger = (abs(b) + math.hypot(b, 2 * math.sqrt(c))) / 2
    return (c / larger, larger) if b > 0 else (larger, c / larger)


def _classes_of_population(counts: _Counts) -> float:
    """Haas and Stokes' third estimator, term by term."""
    f = counts.n / counts.population
    unseen = {size: math.exp(size * math.log1p(-f)) for size, _ in counts.pairs}
    a = math.fsum(
        n * size * f * f * math.exp((size - 1) * math.log1p(-f * f)) for size, n in counts.pairs
    )
    b = math.fsum(  # (1-f)^i ((1+f)^i - 1), the power multiplied out
        n * math.exp(size * math.log1p(-f * f)) * -math.expm1(-size * math.log1p(f))
        for size, n in counts.pairs
    )
    c = math.fsum(n * unseen[size] for size, n in counts.pairs)
    d = math.fsum(n * size * f * unseen[size] / (1 - f) for size, n in counts.pairs)
    return counts.u + counts.of(1) * (a / b) * (c / d) ** 2


def _dankar(counts: _Counts) -> Answer:
    """Pitman up to one person in ten, else the smaller of the other two that there are."""
    if counts.n * 10 <= counts.population:
        return _pitman(counts)
    zayatz, _ = _zayatz(counts)
    other, _ = _slide_negative_binomial(counts)
    values = [value for value in (zayatz, other) if value is not None]
    return min(values), ""


#: By the name that clauses use.
ESTIMATORS: Final[Mapping[str, Callable[[_Counts], Answer]]] = {
    "zayatz": _zayatz,
    "pitman": _pitman,
    "snb": _slide_negative_binomial,
    "dankar": _dankar,
}
