"""Zayatz' estimator: which sample uniques are population uniques, by Bayes' rule.

Zayatz, Estimation of the percent of unique population elements on a microdata file using the
sample, Statistical Research Division Report 91/08, US Bureau of the Census, 1991.
"""

from __future__ import annotations

import math

import numpy as np

from kiaim_server.risk.sample import Estimate, Sample
from kiaim_server.risk.special import log_falling


def zayatz(sample: Sample) -> Estimate:
    """Sample uniques per record, times the probability that one is unique in the population.

    The classes of the population are taken to be distributed over sizes as those of the sample are:
    P(F = 1 | f = 1) = p_1 P(f = 1 | F = 1) / sum_j p_j P(f = 1 | F = j), where one of j is drawn
    with hypergeometric probability j n/N q_j, q_j = (N-n)(N-n-1)...(N-n-j+2) / (N-1)...(N-j+1).

    Falls when a sample unique is taken away, and is 0 without any. Needs 1 <= n < N.
    """
    population, n_records = sample.population, sample.n_records
    rest = population - n_records
    others = sample.sizes - 1.0
    possible = others <= rest
    m = others[possible]
    log_q = m * math.log1p(-(n_records - 1) / (population - 1))
    log_q += log_falling(float(rest), m) - log_falling(float(population - 1), m)
    weight = math.fsum((sample.counts[possible] * sample.sizes[possible] * np.exp(log_q)).tolist())
    uniques = sample.classes_of(1)
    return Estimate(uniques / n_records * (uniques / weight))
