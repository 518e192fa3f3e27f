"""Information loss measures, one per module."""

from __future__ import annotations

from collections.abc import Sequence

from kiaim_server.hooks import hookimpl
from kiaim_server.loss.ambiguity import Ambiguity
from kiaim_server.loss.average_class_size import AverageClassSize
from kiaim_server.loss.discernibility import Discernibility
from kiaim_server.loss.entropy import NonUniformEntropy
from kiaim_server.loss.levels import Height, Precision
from kiaim_server.loss.loss import Loss
from kiaim_server.model.contract import LossMeasure

__all__ = [
    "Ambiguity",
    "AverageClassSize",
    "Discernibility",
    "Height",
    "Loss",
    "NonUniformEntropy",
    "Precision",
]

kiaim_api = 1


@hookimpl
def kiaim_register_loss_measures() -> Sequence[type[LossMeasure]]:
    """Offer the field's standard measures."""
    return (
        Ambiguity,
        AverageClassSize,
        Discernibility,
        Height,
        Loss,
        NonUniformEntropy,
        Precision,
    )
