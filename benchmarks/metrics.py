"""Information loss measures from the arguments of a benchmark, named as in ARX result files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from kiaim_server import loss
from kiaim_server.model.contract import LossMeasure


@dataclass(frozen=True)
class Metric:
    """A measure, and how ARX calls its aggregate over attributes."""

    kind: type[LossMeasure]
    aggregate: str


METRICS: Final[Mapping[str, Metric]] = {
    "loss": Metric(loss.Loss, "Geometric mean"),
    "aecs": Metric(loss.AverageClassSize, "null"),
    "dm": Metric(loss.Discernibility, "null"),
    "nue": Metric(loss.NonUniformEntropy, "Sum"),
    "precision": Metric(loss.Precision, "Arithmetic mean"),
    "height": Metric(loss.Height, "Sum"),
    "ambiguity": Metric(loss.Ambiguity, "null"),
}


def measure_called(metric: str, gs_factor: Fraction) -> LossMeasure:
    """The measure; a factor of one half is every measure's own.

    Raises
    ------
    ParameterError
        If the measure does not know the factor.
    """
    parameters = {} if gs_factor == Fraction(1, 2) else {"gs_factor": gs_factor}
    return METRICS[metric].kind.from_parameters(parameters)
