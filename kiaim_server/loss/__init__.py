"""Information loss measures, one per module."""

from __future__ import annotations

from collections.abc import Sequence

from kiaim_server.hooks import hookimpl
from kiaim_server.loss.loss import Loss
from kiaim_server.model.contract import LossMeasure

__all__ = ["Loss"]

kiaim_api = 1


@hookimpl
def kiaim_register_loss_measures() -> Sequence[type[LossMeasure]]:
    """Offer the field's standard measures."""
    return (Loss,)
