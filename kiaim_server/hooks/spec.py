"""Every hook that a plugin may implement.

A plugin can tighten a decision, never loosen it. Each specification says when it is called, how
results merge and what an exception means. Registration hooks are called once, at start; if one
raises, the plugin is listed with the reason and none of what it offers can be used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pluggy

from kiaim_server.model.contract import (
    Detector,
    HierarchyBuilder,
    LossMeasure,
    Objection,
    PrivacyModel,
    Reader,
    Synthesizer,
    Transform,
)
from kiaim_server.model.decision import Finding

#: Group of the entry points by which installed plugins are found, and name of the pluggy project.
PROJECT = "kiaim"

# mypy: disable-error-code="empty-body"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def kiaim_register_transforms() -> Sequence[type[Transform]]:
    """Offer transforms. Called once, at start; a name offered twice can be used by nobody."""


@hookspec
def kiaim_register_privacy_models() -> Sequence[type[PrivacyModel]]:
    """Offer privacy models. Called once, at start; a name offered twice can be used by nobody."""


@hookspec
def kiaim_register_loss_measures() -> Sequence[type[LossMeasure]]:
    """Offer loss measures. Called once, at start; a name offered twice can be used by nobody."""


@hookspec
def kiaim_register_hierarchy_builders() -> Sequence[type[HierarchyBuilder]]:
    """Offer hierarchy builders. Called once, at start; a name offered twice serves nobody."""


@hookspec
def kiaim_register_readers() -> Sequence[type[Reader]]:
    """Offer readers. Called once, at start; a name offered twice can be used by nobody."""


@hookspec
def kiaim_register_detectors() -> Sequence[type[Detector]]:
    """Offer detectors. Called once, at start; a name offered twice can be used by nobody."""


@hookspec
def kiaim_register_synthesizers() -> Sequence[type[Synthesizer]]:
    """Offer synthesizers. Called once, at start; a name offered twice can be used by nobody."""


@hookspec
def kiaim_review_release(
    claims: Mapping[str, Any], findings: Sequence[Finding]
) -> Objection | None:
    """Object to a release before it is stored.

    Called once per job, after the audit and only if all its findings are met. `claims` is the
    manifest as it would be signed: names, counts, levels, digests; no cell values. All results
    count: one objection refuses the release. An exception counts as an objection.
    """
