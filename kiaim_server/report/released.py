"""Finds the explanation of a release that has ended: in its report, or what its manifest tells."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from kiaim_server.errors import ManifestError, NotFoundError
from kiaim_server.language import say
from kiaim_server.model.explanation import (
    EXPLANATION_SCHEMA,
    ExplainedColumn,
    ExplainedDemand,
    ExplainedMeasure,
    ExplainedWaiver,
    Explanation,
    fault_of,
)
from kiaim_server.model.prose import texts_of
from kiaim_server.report.manifest import read_manifest

_REPORT: Final = "report.json"
_PLAN: Final = "plan.json"
_MANIFEST: Final = "manifest.json"


def explain_release(path: Path) -> Explanation:
    """The explanation of a release, a refusal or a plan.

    Parameters
    ----------
    path
        A folder with ``report.json`` or ``plan.json``, one of these files, or a manifest. Where a
        manifest is beside a report, both have to speak of the same release.

    Raises
    ------
    NotFoundError
        If there is none of these files.
    ManifestError
        If a file is none of this product, or manifest and report do not agree.
    """
    folder = path if path.is_dir() else path.parent
    if path.is_dir():
        found = [folder / n for n in (_REPORT, _PLAN, _MANIFEST) if (folder / n).is_file()]
        if not found:
            raise NotFoundError(f"{path}: no {_REPORT}, {_PLAN} or {_MANIFEST} in this folder")
        path = found[0]
    value = _read(path)
    if "signature" in value:
        return _of_manifest(path, folder / _REPORT)
    explanation = _explanation_in(value, path)
    manifest = folder / _MANIFEST
    if path.name == _REPORT and explanation["verdict"] == "release" and manifest.is_file():
        return _with_manifest(explanation, value, manifest)
    return explanation


def _read(path: Path) -> Mapping[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise NotFoundError(f"{path}: no such file") from None
    except (ValueError, RecursionError):
        raise ManifestError(f"{path.name}: not JSON") from None
    if not isinstance(value, dict):
        raise ManifestError(f"{path.name}: neither a report, a plan nor a manifest")
    return value


def _explanation_in(value: Mapping[str, Any], path: Path) -> Explanation:
    """The explanation that is part of a report or plan, or that is the file itself."""
    inner: Any = value.get("explanation", value)
    schema = inner.get("schema") if isinstance(inner, dict) else None
    if schema != EXPLANATION_SCHEMA:
        raise ManifestError(
            f"{path.name}: has no explanation ({EXPLANATION_SCHEMA}); give a report.json or "
            "plan.json that this version of the product made, or a manifest"
        )
    if fault := fault_of(inner):
        raise ManifestError(f"{path.name}: its explanation is broken: {fault.lstrip('.')}")
    found: Explanation = inner
    return found


def _of_manifest(path: Path, report: Path) -> Explanation:
    if report.is_file():
        value = _read(report)
        return _with_manifest(_explanation_in(value, report), value, path)
    return _of_claims(read_manifest(path))


def _with_manifest(
    explanation: Explanation, report: Mapping[str, Any], manifest: Path
) -> Explanation:
    """The report's explanation, if the manifest claims the same."""
    claims = read_manifest(manifest)
    output = report.get("output")
    if not isinstance(output, dict) or output.get("sha256") != claims["output"]["sha256"]:
        raise ManifestError(
            f"{manifest.name} and {_REPORT} speak of different files; keep the report that was "
            "made with the manifest beside it"
        )
    measured = [
        (demand["measure"], one["attribute"], one["value"])
        for demand in explanation["demands"]
        for one in demand["measured"]
    ]
    claimed = [(c["measure"], c["attribute"], c["measured"]) for c in claims["clauses"]]
    if not _agree(measured, claimed):
        raise ManifestError(
            f"{manifest.name} and {_REPORT} differ in what was measured; one of them was changed"
        )
    note = say("tell.not_signed", name=manifest.name, command="kiaim verify")
    notes = [*explanation["notes"], {"rule": "", "text": texts_of(note)}]
    agreed: Explanation = {**explanation, "notes": notes}  # type: ignore[typeddict-item]
    return agreed


def _agree(measured: list[Any], claimed: list[Any]) -> bool:
    """Whether both list the same measures with the same values, in whatever order."""
    left, right = (sorted(values, key=repr) for values in (measured, claimed))
    return len(left) == len(right) and all(
        a[:2] == b[:2] and a[2] is not None and math.isclose(a[2], b[2])
        for a, b in zip(left, right, strict=True)
    )


def _of_claims(claims: Mapping[str, Any]) -> Explanation:
    """What a manifest by itself tells: what was promised and measured, not why."""
    return {
        "schema": EXPLANATION_SCHEMA,
        "stage": "decision",
        "created": claims["created"],
        "software": claims["software"],
        "table": f"SHA-256 {claims['output']['sha256'][:12]}",
        "records": claims["input"]["records"],
        "policies": [
            {
                "name": policy["name"],
                "version": policy["version"],
                "digest": policy["digest"],
                "title": texts_of(policy["title"] or policy["name"]),
            }
            for policy in claims["policies"]
        ],
        "verdict": "release",
        "reasons": [],
        "advice": [],
        "facts": [],
        "rules": [],
        "columns": [_column(column, claims) for column in claims["output"]["columns"]],
        "unclassified": [],
        "person": claims.get("persons", {}).get("column"),
        "demands": [_demand(clause, claims) for clause in claims["clauses"]],
        "attestations": [
            {
                "of": attestation["of"],
                "max_age_days": None,
                "given_by": attestation["given_by"],
                "given_on": attestation["given_on"],
                "met": True,
                "reason": {},
                "rules": list(attestation["rules"]),
            }
            for attestation in claims["attestations"]
        ],
        "waivers": [_waiver(waiver) for waiver in claims.get("waivers", [])],
        "sources": [],
        "notes": [{"rule": "", "text": texts_of(say("tell.manifest_alone"))}],
        "not_covered": [],
    }


def _column(column: Mapping[str, Any], claims: Mapping[str, Any]) -> ExplainedColumn:
    name = column["name"]
    level = claims["levels"].get(name)
    names = claims["hierarchies"].get(name, {}).get("level_names", [])
    counts = level if isinstance(level, list) else []
    total = sum(counts) or 1
    levels = [(own, n / total) for own, n in enumerate(counts) if n]
    if isinstance(level, int):
        levels = [(level, 1.0)]
    return {
        "name": name,
        "role": column["role"],
        "kind": "other",
        "special_category": False,
        "reasons": [],
        "changes": [],
        "hierarchy": None,
        "levels": [
            {"level": own, "name": names[own] if own < len(names) else "", "share": share}
            for own, share in levels
        ],
        "of": len(names) - 1 if names else None,
        "released": True,
    }


def _waiver(waiver: Mapping[str, Any]) -> ExplainedWaiver:
    return {
        "id": waiver["id"],
        "rule": waiver["rule"],
        "status": "relaxes",
        "note": {},
        "subjects": list(waiver["subjects"]),
        "replaces": dict(waiver["replaces"]),
        "by": dict(waiver["by"]),
        "conditions": [],
        "reason": texts_of(waiver["reason"]),
        "approved_by": list(waiver["approved_by"]),
        "until": waiver["until"],
        "sources": [],
        "place": "",
    }


def _demand(clause: Mapping[str, Any], claims: Mapping[str, Any]) -> ExplainedDemand:
    attribute = clause["attribute"]
    measured: ExplainedMeasure = {
        "attribute": attribute,
        "value": clause["measured"],
        "met": clause["met"],
        "note": {},
    }
    low, high = clause["at_least"], clause["at_most"]
    return {
        "measure": clause["measure"],
        "parameters": dict(clause["parameters"]),
        "attributes": [] if attribute is None else [attribute],
        "each": False,
        "at_least": low,
        "at_most": high,
        "bounds": [
            {
                "rule": rule,
                "at_least": low,
                "at_most": high,
                "strictest": position == 0,
                "waivers": [],
            }
            for position, rule in enumerate(clause["rules"])
        ],
        "unit": "persons" if "persons" in claims else "records",
        "measured": [measured],
        "state": "met" if clause["met"] else "unmet",
        "sources": [],
        "describe": {},
    }
