"""Digamma, differences of log Gamma that lose no digits, and a bracketed root finder.

Recurrence up to x >= 10, then the asymptotic series: Abramowitz and Stegun, Handbook of
Mathematical Functions, 6.1.40 and 6.3.18. Relative error a few units in the last place for
x > 0. A difference such as psi(x + m) - psi(x) is computed as one, since the digits that it is made
of cancel where x is large.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np

_SHIFT: Final = 10
_STEPS: Final = np.arange(_SHIFT, dtype=np.float64)
#: B_2k / (2k), the coefficients of x**-2k in log(x) - 1/(2x) - psi(x), up to 2k = 12.
_DIGAMMA: Final = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760)
#: B_2k / (2k (2k-1)), the coefficients of x**-(2k-1) in Stirling's series of log Gamma.
_STIRLING: Final = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)


def digamma(x: np.ndarray) -> np.ndarray:
    """The logarithmic derivative of Gamma; float64, each x > 0."""
    shifted = x + _SHIFT
    below = (1.0 / (x[..., None] + _STEPS)).sum(axis=-1)
    inverse = 1.0 / (shifted * shifted)
    series = inverse * _horner(_DIGAMMA, inverse)
    return np.asarray(np.log(shifted) - 0.5 / shifted - series - below)


def sum_of_inverses(x: float, n: int) -> float:
    """1/x + 1/(x+1) + ... + 1/(x+n-1) = psi(x + n) - psi(x), for x > 0; O(1)."""
    if n <= 2 * _SHIFT:
        return math.fsum([1.0 / (x + i) for i in range(n)])
    low, high = x + _SHIFT, x + n
    direct = math.fsum([1.0 / (x + i) for i in range(_SHIFT)])
    return direct + math.log1p((n - _SHIFT) / low) + _below_log(low) - _below_log(high)


def log_gamma_rise(x: float, a: float) -> float:
    """log Gamma(x + a) - log Gamma(x), for x > 0 and x + a > 0."""
    if min(x, x + a) < _SHIFT:
        return math.lgamma(x + a) - math.lgamma(x)
    rise = a * (math.log(x) - 1.0) + (x + a - 0.5) * math.log1p(a / x)
    return rise + _beyond_stirling(x + a) - _beyond_stirling(x)


def log_falling(x: float, m: np.ndarray) -> np.ndarray:
    """log of x (x-1) ... (x-m+1) / x**m for whole numbers 0 <= m <= x, x >= 1.

    Returns
    -------
    The sum of log(1 - i/x) over i < m, to about m * 1e-16.
    """
    top, rest = x + 1.0, x + 1.0 - m
    large = rest >= _SHIFT
    at = np.where(large, rest, float(_SHIFT))
    result = m * (math.log1p(1.0 / x) - 1.0) - (rest - 0.5) * np.log1p(-m / top)
    result += _beyond_stirling(top) - _horner(_STIRLING, 1.0 / (at * at)) / at
    for i in np.flatnonzero(~large):
        result[i] = math.lgamma(top) - math.lgamma(float(rest[i])) - float(m[i]) * math.log(x)
    return np.asarray(result)


def root(f: Callable[[float], float], low: float, high: float) -> float:
    """The zero of a continuous function between two points at which its signs differ.

    Chandrupatla, A new hybrid quadratic/bisection algorithm, Advances in Engineering Software
    28(3), 1997, doi:10.1016/S0965-9978(96)00051-8. Exact to the spacing of float64 where `f` is.
    """
    a, b = high, low
    fa, fb = f(a), f(b)
    c, fc = a, fa
    t = 0.5
    for _ in range(200):
        x = a + t * (b - a)
        fx = f(x)
        if (fx > 0) == (fa > 0):
            c, fc = a, fa
        else:
            c, b, fc, fb = b, a, fb, fa
        a, fa = x, fx
        best = a if abs(fa) < abs(fb) else b
        tolerance = 2.0 * math.ulp(best)
        limit = tolerance / abs(b - c) if b != c else 1.0
        if limit > 0.5 or fa == 0 or fb == 0:
            return a if fa == 0 else best
        xi, phi = (a - b) / (c - b), (fa - fb) / (fc - fb)
        if phi**2 < xi and (1 - phi) ** 2 < 1 - xi:
            t = fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (
                fc - fb
            )
        else:
            t = 0.5
        t = min(1 - limit, max(limit, t))
    return best


def _below_log(x: float) -> float:
    """log(x) - psi(x) for x >= 10."""
    inverse = 1.0 / (x * x)
    return 0.5 / x + inverse * float(_horner(_DIGAMMA, inverse))


def _beyond_stirling(x: float) -> float:
    return float(_horner(_STIRLING, 1.0 / (x * x))) / x


def _horner(coefficients: tuple[float, ...], x: float | np.ndarray) -> float | np.ndarray:
    total: float | np.ndarray = 0.0
    for coefficient in reversed(coefficients):
        total = total * x + coefficient
    return total
