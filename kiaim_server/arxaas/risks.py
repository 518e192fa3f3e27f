"""The risk profile of rows, in the wire format.

Records with a star in every quasi-identifier are suppressed and form no class. The measures are
those of `kiaim_server.risk`; the wire adds a distribution over intervals of risk. The population
is taken to be a hundred times the table, as ARXaaS does.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Any, Final

import numpy as np

from kiaim_server.arxaas.values import Rows
from kiaim_server.model.hierarchy import STAR
from kiaim_server.risk import measures
from kiaim_server.risk.estimators import estimate_uniqueness

#: Upper ends of the intervals, each part of its interval, and what the wire calls them.
_INTERVALS: Final = (
    (1e-8, "[0,1e-6)"),
    (1e-7, "[1e-6,1e-5)"),
    (1e-6, "[1e-5,0.0001)"),
    (1e-5, "[0.0001,0.001)"),
    (1e-4, "[0.001,0.01)"),
    (1e-3, "[0.01,0.1)"),
    (0.01, "[0.1,1)"),
    (0.02, "[1,2)"),
    (0.03, "[2,3)"),
    (0.04, "[3,4)"),
    (0.05, "[4,5)"),
    (0.06, "[5,6)"),
    (0.07, "[6,7)"),
    (0.08, "[7,8)"),
    (0.09, "[8,9)"),
    (0.1, "[9,10)"),
    (0.125, "[10,12.5)"),
    (0.143, "[12.5,14.3)"),
    (0.167, "[14.3,16.7)"),
    (0.2, "[16.7,20)"),
    (0.25, "[20,25)"),
    (0.334, "[25,33.4)"),
    (0.5, "[33.4,50)"),
    (1.0, "[50,100]"),
)
_ENDS: Final = tuple(end for end, _ in _INTERVALS)
#: Records of the population per record of the table.
_POPULATION: Final = 100


@dataclass(frozen=True)
class Profile:
    """Class sizes of a table and, per quasi-identifier, how often each of its values occurs.

    `n_records` are all records of the table, suppressed ones included.
    """

    quasi: tuple[str, ...]
    sizes: np.ndarray
    values: Mapping[str, Sequence[int]]
    n_records: int

    @classmethod
    def of_rows(cls, header: Sequence[str], records: Rows, quasi: Sequence[str]) -> Profile:
        """Count rows; where all are stars no record is suppressed, they are one class.

        O(records * quasi-identifiers).
        """
        places = [header.index(name) for name in quasi]
        tuples = Counter(tuple(record[place] for place in places) for record in records)
        stars = (STAR,) * len(places)
        if quasi and len(tuples) > 1:
            tuples.pop(stars, None)
        values: dict[str, Counter[str]] = {name: Counter() for name in quasi}
        for values_of_class, size in tuples.items():
            for name, value in zip(quasi, values_of_class, strict=True):
                values[name][value] += size
        return cls(
            tuple(quasi),
            np.sort(np.fromiter(tuples.values(), dtype=np.int64)),
            {name: tuple(counted.values()) for name, counted in values.items()},
            len(records),
        )

    def as_json(self) -> dict[str, Any]:
        """The risk profile as it is answered."""
        shares = self._shares()
        estimate, model = self._population_uniques()
        average = _number(measures.prosecutor_average(self.sizes))
        highest = _number(measures.prosecutor_highest(self.sizes))
        lowest = 1 / int(self.sizes.max())
        return {
            "reIdentificationRisk": {
                "measures": {
                    "estimated_journalist_risk": highest,
                    "records_affected_by_highest_prosecutor_risk": shares[_interval(highest)],
                    "sample_uniques": _number(measures.sample_uniqueness(self.sizes)),
                    "lowest_risk": lowest,
                    "estimated_prosecutor_risk": highest,
                    "highest_journalist_risk": _number(measures.journalist_highest(self.sizes)),
                    "records_affected_by_lowest_risk": shares[_interval(lowest)],
                    "average_prosecutor_risk": average,
                    "estimated_marketer_risk": _number(measures.marketer_average(self.sizes)),
                    "highest_prosecutor_risk": highest,
                    "records_affected_by_highest_journalist_risk": shares[_interval(highest)],
                    "population_uniques": estimate,
                },
                "attackerSuccessRate": {
                    "successRates": {
                        "Prosecutor_attacker_success_rate": average,
                        "Marketer_attacker_success_rate": average,
                        "Journalist_attacker_success_rate": average,
                    }
                },
                "quasiIdentifiers": list(self.quasi),
                "populationModel": model,
            },
            "distributionOfRisk": {"riskIntervalList": _distribution(shares)},
            "attributeRisk": {
                "quasiIdentifierRiskList": [
                    _attribute_risk(name, self.values[name]) for name in self.quasi
                ]
            },
        }

    def _shares(self) -> list[float]:
        """Share of the records whose risk is in each interval."""
        records = [0] * len(_INTERVALS)
        for size in self.sizes.tolist():
            records[_interval(1 / size)] += size
        total = sum(records)
        return [n / total for n in records]

    def _population_uniques(self) -> tuple[float, str]:
        """Share of the population that is unique in it, and by which model.

        Pitman's, or Zayatz' where that has no estimate. Without a sample unique there is none.
        """
        if not np.count_nonzero(self.sizes == 1):
            return 0.0, "DANKAR"
        population = _POPULATION * self.n_records
        pitman = estimate_uniqueness("pitman", self.sizes, population).value
        if pitman:
            return pitman, "PITMAN"
        return estimate_uniqueness("zayatz", self.sizes, population).value or 0.0, "ZAYATZ"


def _interval(risk: float) -> int:
    return bisect_left(_ENDS, risk)


def _distribution(shares: Sequence[float]) -> list[dict[str, Any]]:
    """From the highest interval down: its share, and the share of all up to it."""
    up_to = [min(share, 1.0) for share in accumulate(shares)]
    return [
        {
            "interval": name,
            "recordsWithRiskWithinInterval": share,
            "recordsWithMaximalRiskWithinInterval": below,
        }
        for (_, name), share, below in reversed(list(zip(_INTERVALS, shares, up_to, strict=True)))
    ]


def _attribute_risk(name: str, counts: Sequence[int]) -> dict[str, Any]:
    """How well an attribute alone tells records apart (Motwani and Xu 2008)."""
    records = sum(counts)
    pairs = records * (records - 1)
    alike = sum(n * (n - 1) for n in counts)
    return {
        "identifier": [name],
        "distinction": len(counts) / records,
        "separation": float(1 - Fraction(alike, pairs)) if pairs else 0.0,
    }


def _number(value: Fraction | None) -> float:
    """The profile is of a table with at least one class, so every measure is defined."""
    assert value is not None  # noqa: S101
    return float(value)
