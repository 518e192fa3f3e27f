"""Estimates of the share of the population that is unique in it, from the classes of a sample.

An estimate is a number or the reason why there is none; what a model cannot be fitted to is never
taken for zero. Three cases need no model: without a sample unique no record of the sample is unique
in the population; a sample of everybody shows the population; and a population cannot be smaller
than its sample.

The model of each estimator is in its own module. Which one is good for what: Dankar, El Emam, Neisa
and Roffey, Estimating the re-identification risk of clinical data sets, BMC Med Inform Decis Mak
12:66, 2012, doi:10.1186/1472-6947-12-66.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from kiaim_server.risk.pitman import pitman
from kiaim_server.risk.sample import Estimate, Sample
from kiaim_server.risk.snb import slide_negative_binomial
from kiaim_server.risk.zayatz import zayatz

#: Largest sampling fraction at which the decision rule takes Pitman's model, as 1 / 10.
_SMALL_FRACTION: Final = 10


def dankar(sample: Sample) -> Estimate:
    """The decision rule of Dankar et al. 2012 between the other three.

    Pitman up to a sampling fraction of 1/10; above it the smaller of Zayatz and slide negative
    binomial, or Zayatz where the latter has no estimate. Where Pitman has none, the rule has none.
    """
    if _SMALL_FRACTION * sample.n_records <= sample.population:
        return pitman(sample)
    candidates = (zayatz(sample), slide_negative_binomial(sample))
    return min(candidates, key=lambda e: float("inf") if e.value is None else e.value)


#: By the name that policies use.
ESTIMATORS: Final[Mapping[str, Callable[[Sample], Estimate]]] = MappingProxyType(
    {
        "zayatz": zayatz,
        "pitman": pitman,
        "snb": slide_negative_binomial,
        "dankar": dankar,
    }
)


def estimate_uniqueness(estimator: str, sizes: np.ndarray, population: int) -> Estimate:
    """Share of the population, 0 to 1, that is unique in it; or why it cannot be told.

    Parameters
    ----------
    estimator
        A key of `ESTIMATORS`.
    sizes
        int64[:], shape (n_classes,), each > 0: the sample without suppressed records.
    population
        Persons in the population.

    Notes
    -----
    O(n_classes log n_classes) to count equal sizes, then a few hundred operations on the distinct
    sizes.
    """
    if not len(sizes):
        return Estimate.without("there is no equivalence class")
    sample = Sample.of_sizes(sizes, population)
    if sample.n_records > population:
        return Estimate.without(
            f"the population is said to have {population} persons, but the table has "
            f"{sample.n_records} records"
        )
    if not sample.classes_of(1):
        return Estimate(0.0)
    if sample.n_records == population:
        return Estimate(sample.classes_of(1) / population)
    found = ESTIMATORS[estimator](sample)
    if found.value is not None and not 0.0 <= found.value <= 1.0:
        return Estimate.without(f"{estimator} gives {found.value:.3g}, which is no share")
    return found
