"""The slide negative binomial model: sizes of classes in the population are 1 + negative binomial.

Chen and Keller-McNulty, Estimation of identification disclosure risk in microdata, Journal of
Official Statistics 14(1), 1998. The number of classes of the population comes from the sample by
the third estimator of Haas and Stokes, Estimating the number of classes in a finite population,
Journal of the American Statistical Association 93(444), 1998, after Shlosser.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from kiaim_server.risk.sample import Estimate, Sample
from kiaim_server.risk.special import root

#: x = 1 - y f/(1-f) is sought up to 1 - e^-30, closer to which classes are as even as can be.
_LARGEST_LOGIT: Final = 30.0
#: Where exp would overflow; x is its own odds there.
_TINY_LOGIT: Final = -500.0


def slide_negative_binomial(sample: Sample) -> Estimate:
    """Share of population uniques of the model that has as many sample classes of 1 and of 2.

    K classes have sizes 1 + X, X negative binomial with P(X = 0) = beta^alpha, and each person is
    in the sample with probability f. With y = (1-f)(1-beta) / (1 - (1-f)(1-beta)) one expects

    - E c_1 = K f (1 - y f/(1-f))^alpha (1 + alpha y) classes of one record,
    - E c_2 / E c_1 = f/(1-f) y alpha (1 + (alpha+1) y/2) / (1 + alpha y), of two for each of one.

    The second determines alpha for given y, and the first then falls as y grows, so that there is
    one solution or none. K beta^alpha persons are unique in the population.

    Needs at least one unique record and n < N.
    """
    ones, twos = sample.classes_of(1), sample.classes_of(2)
    if not twos:
        return Estimate.without("the slide negative binomial model needs classes of two records")
    odds = sample.fraction / (1 - sample.fraction)
    n_classes = classes_of_population(sample)
    wanted = math.log(ones / (n_classes * sample.fraction))
    ratio = twos / ones / odds

    def at(logit: float) -> tuple[float, float, float]:
        """log of x = 1 - y f/(1-f), y, and alpha, for a given logit of x."""
        log_x = -math.log1p(math.exp(-logit)) if logit > _TINY_LOGIT else logit
        y = 1 / (1 + math.exp(logit)) / odds
        return log_x, y, _alpha(ratio, y)

    def excess(logit: float) -> float:
        log_x, y, alpha = at(logit)
        return alpha * log_x + math.log1p(alpha * y) - wanted

    if excess(_LARGEST_LOGIT) <= 0:
        return Estimate.without(
            "the slide negative binomial model does not fit: it has no parameters with as many "
            "classes of one and of two records"
        )
    low = -1.0
    while excess(low) > 0:  # which falls without end
        low *= 2
    log_x, y, alpha = at(root(excess, low, _LARGEST_LOGIT))
    log_beta = log_x - math.log1p(y)
    return Estimate(n_classes * math.exp(alpha * log_beta) / sample.population)


def classes_of_population(sample: Sample) -> float:
    """Number of classes of the population, by Haas and Stokes; needs a unique record, 0 < f < 1."""
    f, sizes, counts = sample.fraction, sample.sizes, sample.counts
    missed = counts * np.exp(sizes * math.log1p(-f))
    squared = counts * np.exp(sizes * math.log1p(-f * f))
    # (1-f)^i ((1+f)^i - 1) = (1-f^2)^i (1 - (1+f)^-i) cannot overflow
    seen_twice = float(squared @ -np.expm1(-sizes * math.log1p(f)))
    first = f * f / (1 - f * f) * float(sizes @ squared) / seen_twice
    second = float(missed.sum()) * (1 - f) / (f * float(sizes @ missed))
    return sample.n_classes + sample.classes_of(1) * first * second**2


def _alpha(ratio: float, y: float) -> float:
    """The positive root of alpha^2 y/2 + alpha (1 + y/2 - ratio) - ratio / y."""
    half = 1 + y / 2 - ratio
    square_root = math.sqrt(half * half + 2 * ratio)
    return 2 * ratio / y / (half + square_root) if half > 0 else (square_root - half) / y
