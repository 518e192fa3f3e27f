"""What measures have in common: how attributes, and the two ways to lose, are weighed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from kiaim_server.model.hierarchy import Hierarchy

HALF: Final = Fraction(1, 2)


def relative_weights(
    weights: Mapping[str, Fraction], hierarchies: Sequence[Hierarchy]
) -> list[float]:
    """Weights per attribute, 1 where none is given, divided by the largest; all 1 if all are 0."""
    given = [weights.get(h.attribute, Fraction(1)) for h in hierarchies]
    largest = max(given, default=Fraction(0))
    return [float(w / largest) for w in given] if largest else [1.0] * len(given)


def factors(gs_factor: Fraction) -> tuple[float, float]:
    """How much generalization and how much suppression count, as ARX has it.

    Both in full at 0.5; generalization less above it, not at all at 1; suppression less below it,
    not at all at 0.
    """
    generalization = 1.0 if gs_factor <= HALF else float(1 - 2 * (gs_factor - HALF))
    suppression = float(2 * gs_factor) if gs_factor < HALF else 1.0
    return generalization, suppression
