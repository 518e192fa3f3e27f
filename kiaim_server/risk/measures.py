"""Re-identification risk as exact functions of class sizes.

All functions take ``sizes``: int64[:], shape (n_classes,), each > 0, suppressed records left out.
They return an exact fraction, or None where there is no class: the risk of an empty release is
undefined, not zero. O(n_classes) time.

The three attackers are those of El Emam and Dankar, Protecting Privacy Using k-Anonymity, JAMIA
15(5), 2008, doi:10.1197/jamia.M2716, and of El Emam, Guide to the De-Identification of Personal
Health Information, CRC 2013: the prosecutor knows that the target is in the data, the journalist
does not, the marketer wants as many matches as possible and does not care which.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np


def prosecutor_highest(sizes: np.ndarray) -> Fraction | None:
    """Highest chance to pick the right record of a known target: one over the smallest class."""
    return Fraction(1, int(sizes.min())) if len(sizes) else None


def prosecutor_average(sizes: np.ndarray) -> Fraction | None:
    """Average of that chance over all records: the number of classes over that of records.

    Each class of size f adds f records of risk 1/f, that is 1.
    """
    return Fraction(len(sizes), int(sizes.sum())) if len(sizes) else None


def journalist_highest(sizes: np.ndarray) -> Fraction | None:
    """Highest risk towards an attacker who does not know who is in the data; worst case.

    The risk is one over the class in the *population*, which is at least as large as in the
    sample. Without a population table the sample itself is taken for the population, which
    bounds the risk from above; it is then the prosecutor's.
    """
    return prosecutor_highest(sizes)


def journalist_average(sizes: np.ndarray) -> Fraction | None:
    """Average risk towards that attacker; bounded from above in the same way."""
    return prosecutor_average(sizes)


def marketer_average(sizes: np.ndarray) -> Fraction | None:
    """Expected share of records that are matched rightly if the whole table is linked.

    Towards a register of exactly these people it is the number of classes over that of records:
    Dankar and El Emam, A Method for Evaluating Marketer Re-identification Risk, PAIS 2010,
    doi:10.1145/1754239.1754271. A larger register makes it smaller.
    """
    return prosecutor_average(sizes)


def sample_uniqueness(sizes: np.ndarray) -> Fraction | None:
    """Share of records that share their quasi-identifiers with no other record of the table."""
    if not len(sizes):
        return None
    return Fraction(int(np.count_nonzero(sizes == 1)), int(sizes.sum()))


def population_uniqueness_bound(sizes: np.ndarray) -> Fraction | None:
    """Upper bound of the share of records that are unique in the population: the sample uniques.

    Who is unique in the population and in the sample is unique in the sample; so no estimate of
    the population is needed for the bound, and it holds for every population.
    """
    return sample_uniqueness(sizes)


def share_above(sizes: np.ndarray, risk: Fraction) -> Fraction | None:
    """Share of records whose prosecutor risk is above `risk` (not equal to it)."""
    if not len(sizes):
        return None
    smallest = -(-risk.denominator // risk.numerator)  # 1/size <= risk from this size on
    return Fraction(int(sizes[sizes < smallest].sum()), int(sizes.sum()))
