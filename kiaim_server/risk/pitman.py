"""Pitman's model: the population as a random partition with two parameters.

Pitman, Exchangeable and partially exchangeable random partitions, Probability Theory and Related
Fields 102, 1995; as a model of microdata by Hoshino, Applying Pitman's sampling formula to
microdata disclosure risk assessment, Journal of Official Statistics 17(4), 2001.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from kiaim_server.risk.sample import Estimate, Sample
from kiaim_server.risk.special import digamma, log_gamma_rise, root, sum_of_inverses

#: alpha is sought between these; closer to 0 or 1 the model is another one.
_SMALLEST: Final = 1e-6
_LARGEST: Final = 1 - 1e-9


def pitman(sample: Sample) -> Estimate:
    """Share of population uniques of the most likely model with 0 < alpha < 1, theta > -alpha.

    The log-likelihood of u classes, c_j of them of size j, with n records is, but for a constant,
    sum_{i<u} log(theta + i alpha) - sum_{i<n} log(theta + i) + sum_j c_j sum_{i<j} log(i - alpha).
    Its maximum over theta for given alpha is where the sum of 1/(theta + i alpha) is that of
    1/(theta + i); the best alpha is where the derivative along these maxima vanishes. About N^alpha
    Gamma(theta + 1) / Gamma(theta + alpha) of N persons are unique then.

    There is none where every record is unique, and where the likelihood grows towards alpha = 0.
    Needs at least one unique record.
    """
    if sample.n_records == sample.n_classes:
        return Estimate.without(
            "every record is unique, for which Pitman's model has no best parameters"
        )
    if sample.n_classes == 1 or _slope(sample, _SMALLEST) <= 0 or _slope(sample, _LARGEST) >= 0:
        return Estimate.without(
            "Pitman's model does not fit: its likelihood has no maximum with 0 < alpha < 1"
        )
    alpha = root(lambda a: _slope(sample, a), _SMALLEST, _LARGEST)
    theta_alpha = _theta_plus_alpha(sample, alpha)
    log_share = log_gamma_rise(theta_alpha, 1 - alpha) - (1 - alpha) * math.log(sample.population)
    return Estimate(math.exp(log_share))


def _slope(sample: Sample, alpha: float) -> float:
    """Derivative of the log-likelihood by alpha, at the best theta for this alpha."""
    start = _theta_plus_alpha(sample, alpha)
    theta, n_steps = start - alpha, sample.n_classes - 1
    inverses = sum_of_inverses(start / alpha, n_steps) / alpha
    of_classes = (n_steps - theta * inverses) / alpha
    larger = sample.sizes > 1
    sizes, counts = sample.sizes[larger], sample.counts[larger]
    of_records = counts @ (digamma(sizes - alpha) - digamma(np.full(1, 1 - alpha)))
    return of_classes - float(of_records)


def _theta_plus_alpha(sample: Sample, alpha: float) -> float:
    """theta + alpha at the maximum of the likelihood for given alpha.

    theta + alpha times the derivative by theta falls from 1, where it is small, to
    u - n < 0, where it is large; sought on the scale of its logarithm.
    """
    n_classes, n_records = sample.n_classes, sample.n_records

    def slope(log_start: float) -> float:
        start = math.exp(log_start)
        of_classes = sum_of_inverses(start / alpha, n_classes - 1) / alpha
        return start * (of_classes - sum_of_inverses(start + 1 - alpha, n_records - 1))

    low, high = -1.0, 1.0
    while slope(low) < 0:
        low *= 2
    while slope(high) > 0:
        high *= 2
    return math.exp(root(slope, low, high))
