"""Re-identification risk: measures of class sizes, and the models that bound them."""

from __future__ import annotations

from collections.abc import Sequence

from kiaim_server.hooks import hookimpl
from kiaim_server.model.contract import PrivacyModel
from kiaim_server.risk.profile import risk_profile
from kiaim_server.risk.reidentification import AverageReidentificationRisk, ReidentificationRisk
from kiaim_server.risk.uniqueness import (
    EstimatedPopulationUniqueness,
    PopulationUniqueness,
    SampleUniqueness,
)

__all__ = [
    "AverageReidentificationRisk",
    "EstimatedPopulationUniqueness",
    "PopulationUniqueness",
    "ReidentificationRisk",
    "SampleUniqueness",
    "risk_profile",
]

kiaim_api = 1


@hookimpl
def kiaim_register_privacy_models() -> Sequence[type[PrivacyModel]]:
    """Offer the models that bound a risk."""
    return (ReidentificationRisk, SampleUniqueness, PopulationUniqueness)
