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
    likelihood = _Likelihood(sample)
    if sample.n_classes == 1 or likelihood.slope(_SMALLEST) <= 0 or likelihood.slope(_LARGEST) >= 0:
        return Estimate.without(
            "Pitman's model does not fit: its likelihood has no maximum with 0 < alpha < 1"
        )
    alpha = root(likelihood.slope, _SMALLEST, _LARGEST)
    start = likelihood.theta_plus_alpha(alpha)
    log_share = log_gamma_rise(start, 1 - alpha) - (1 - alpha) * math.log(sample.population)
    return Estimate(math.exp(log_share))


class _Likelihood:
    """The log-likelihood of one sample along its maxima over theta."""

    def __init__(self, sample: Sample) -> None:
        larger = sample.sizes > 1
        self._sizes, self._counts = sample.sizes[larger], sample.counts[larger]
        self._n_records, self._n_classes = sample.n_records, sample.n_classes
        self._near = 1.0  # where the last maximum was; where to begin does not change the answer

    def slope(self, alpha: float) -> float:
        """Derivative by alpha, at the best theta for this alpha."""
        start = self.theta_plus_alpha(alpha)
        n_steps = self._n_classes - 1
        inverses = sum_of_inverses(start / alpha, n_steps) / alpha
        of_classes = (n_steps - (start - alpha) * inverses) / alpha
        of_records = digamma(self._sizes - alpha) - digamma(np.full(1, 1 - alpha))
        return of_classes - float(self._counts @ of_records)

    def theta_plus_alpha(self, alpha: float) -> float:
        """theta + alpha at the maximum for given alpha.

        theta + alpha times the derivative by theta falls from 1, where it is small, to
        u - n < 0, where it is large; sought on the scale of its logarithm.
        """

        def slope(log_start: float) -> float:
            start = math.exp(log_start)
            of_classes = sum_of_inverses(start / alpha, self._n_classes - 1) / alpha
            return start * (of_classes - sum_of_inverses(start + 1 - alpha, self._n_records - 1))

        low, high, step = self._near - 0.5, self._near + 0.5, 1.0
        while slope(low) < 0:
            low, high, step = low - step, low, 2 * step
        while slope(high) > 0:
            low, high, step = high, high + step, 2 * step
        self._near = root(slope, low, high)
        return math.exp(self._near)
