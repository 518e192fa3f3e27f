"""Transforms of values: what a policy can order for a column."""

from __future__ import annotations

from collections.abc import Sequence

from kiaim_server.hooks import hookimpl
from kiaim_server.model.contract import Transform

from .transforming.coding import BottomCode, Round, TopCode
from .transforming.concealing import Mask, Pseudonymise
from .transforming.generalise import Generalise
from .transforming.microaggregation import MicroAggregate
from .transforming.whole import Keep, Remove
from .transforming.zip_areas import ThreeDigitZip

kiaim_api = 1


@hookimpl
def kiaim_register_transforms() -> Sequence[type[Transform]]:
    """Offer all transforms of this package."""
    return (
        Keep,
        Mask,
        Round,
        TopCode,
        BottomCode,
        MicroAggregate,
        Generalise,
        ThreeDigitZip,
        Pseudonymise,
        Remove,
    )
