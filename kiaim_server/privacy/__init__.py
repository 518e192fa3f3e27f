"""Privacy models, one per module: which classes fail?"""

from __future__ import annotations

from collections.abc import Sequence

from kiaim_server.hooks import hookimpl
from kiaim_server.model.contract import PrivacyModel
from kiaim_server.privacy.beta_likeness import BetaLikeness
from kiaim_server.privacy.delta_disclosure import DeltaDisclosure
from kiaim_server.privacy.delta_presence import DeltaPresence
from kiaim_server.privacy.estimated_k_map import EstimatedKMap
from kiaim_server.privacy.k_anonymity import KAnonymity
from kiaim_server.privacy.k_map import KMap
from kiaim_server.privacy.l_diversity import LDiversity
from kiaim_server.privacy.t_closeness import TCloseness

__all__ = [
    "BetaLikeness",
    "DeltaDisclosure",
    "DeltaPresence",
    "EstimatedKMap",
    "KAnonymity",
    "KMap",
    "LDiversity",
    "TCloseness",
]

kiaim_api = 1


@hookimpl
def kiaim_register_privacy_models() -> Sequence[type[PrivacyModel]]:
    """Offer the field's standard models."""
    return (
        KAnonymity,
        LDiversity,
        TCloseness,
        DeltaDisclosure,
        BetaLikeness,
        KMap,
        DeltaPresence,
        EstimatedKMap,
    )
