"""Check a released file against its manifest, with the measures of the plugins that are there."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from kiaim_server import audit
from kiaim_server.pipeline.publish import plugin_measures
from kiaim_server.pipeline.request import Workbench


def verify(
    manifest: Path,
    data: Path,
    workbench: Workbench,
    public_key: bytes | None = None,
    evidence: Path | None = None,
) -> dict[str, Any]:
    """The outcome of `kiaim_server.audit.verify` as JSON values.

    Keys: ``ok``, ``verdict`` (``verified``, ``incomplete`` or ``failed``), ``authenticated``,
    ``key_id`` and ``checks`` (each ``name``, ``ok``, ``detail``, ``counted``).
    """
    measures = plugin_measures(workbench.host)
    found = audit.verify(manifest, data, public_key, measures, evidence)
    return {
        "ok": found.ok,
        "verdict": found.verdict,
        "authenticated": found.authenticated,
        "key_id": found.key_id,
        "checks": [asdict(check) for check in found.checks],
    }
