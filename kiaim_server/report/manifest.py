"""Claims about a release, and their signature."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from kiaim_server.errors import ManifestError
from kiaim_server.model.decision import Finding
from kiaim_server.model.manifest import (
    MANIFEST_SCHEMA,
    SIGNATURE_ALGORITHM,
    canonical,
    check_claims,
    key_id_of,
    parse_manifest,
    signed_bytes,
)
from kiaim_server.model.plan import WaiverTrace
from kiaim_server.model.solution import LocalSolution, Solution
from kiaim_server.report.facts import Facts, ReleasedFile
from kiaim_server.report.plain import plain
from kiaim_server.report.sizes import histogram


class Signer(Protocol):
    """Whoever holds an Ed25519 key, e.g. `kiaim_server.store.keys.KeyStore`."""

    @property
    def public_key(self) -> bytes:
        """The public key, 32 raw bytes."""

    def sign(self, data: bytes) -> bytes:
        """Sign `data`; 64 bytes."""


def build_claims(facts: Facts) -> dict[str, Any]:
    """Everything that a manifest says of a release, before it is signed.

    Names, counts, levels and digests; no cell values. Equal facts give equal claims apart from
    ``created``.

    Raises
    ------
    ManifestError
        If nothing was released, or the claims do not fit the format of manifests.
    """
    if facts.released is None or not isinstance(facts.solution, (Solution, LocalSolution)):
        raise ManifestError("nothing was released, so there is nothing to claim")
    plan = facts.plan
    claims = {
        "schema": MANIFEST_SCHEMA,
        "created": facts.created,
        "software": facts.software,
        "input": {
            "sha256": facts.source.sha256,
            "records": facts.source.records,
            "columns": facts.source.columns,
        },
        "output": _output(facts.released, plan.suppressed),
        **_beyond_the_file(facts, facts.released),
        "policies": plain(plan.policies),
        "context_sha256": hashlib.sha256(canonical(plain(plan.context))).hexdigest(),
        "hierarchies": {
            h.attribute: {"sha256": h.digest, "level_names": list(h.level_names)}
            for h in facts.hierarchies
        },
        **_levels(facts),
        "orders": plain(facts.orders),
        "seed": facts.seed,
        "loss": {
            "measure": plan.objective.loss,
            "value": float(facts.solution.loss),
            "optimal": facts.solution.optimal,
            "lower_bound": float(facts.solution.lower_bound),
        },
        "class_sizes": histogram(facts.released.class_sizes),
        "clauses": [_clause(finding) for finding in facts.findings],
        "attestations": [
            {
                "of": attestation.of,
                "given_by": attestation.given_by,
                "given_on": plain(attestation.given_on),
                "rules": list(attestation.rules),
            }
            for attestation in plan.attestations
        ],
        "plugins": [{"name": name, "version": version} for name, version in facts.plugins],
    }
    if waivers := [_waiver(w) for w in plan.waivers if w.status == "relaxes"]:
        claims["waivers"] = waivers
    if facts.released.trees:
        claims["value_hierarchies"] = plain(facts.released.trees)
    check_claims(claims)
    return claims


def sign(claims: Mapping[str, Any], signer: Signer) -> bytes:
    """Sign claims: the manifest as canonical JSON (RFC 8785), with the signer's public key.

    The signature covers everything but itself, the name of the key included.
    """
    check_claims(claims)
    signature = {
        "algorithm": SIGNATURE_ALGORITHM,
        "key_id": key_id_of(signer.public_key),
        "public_key": base64.b64encode(signer.public_key).decode(),
    }
    unsigned = {**claims, "signature": signature}
    value = base64.b64encode(signer.sign(signed_bytes(unsigned))).decode()
    return canonical({**unsigned, "signature": {**signature, "value": value}})


def read_manifest(manifest: bytes | Path) -> dict[str, Any]:
    """Read a manifest and check its structure, not its signature: `audit.verify` does that.

    Raises
    ------
    ManifestError
        If it is no manifest.
    """
    return parse_manifest(manifest.read_bytes() if isinstance(manifest, Path) else manifest)


def _beyond_the_file(facts: Facts, released: ReleasedFile) -> dict[str, Any]:
    """Persons, subset and evidence, as far as there are any."""
    claims: dict[str, Any] = {}
    if facts.plan.person is not None and released.persons is not None:
        claims["persons"] = {
            "column": facts.plan.person.column,
            "in_file": released.persons.in_file,
            "class_sizes": histogram(released.persons.class_sizes),
        }
        if released.persons.shown_in is not None:
            claims["persons"]["shown_in"] = released.persons.shown_in
    evidence = released.evidence
    if facts.source.subset is not None:
        claims["subset"] = {
            "column": facts.source.subset,
            "records": facts.source.candidates,
            "population": evidence is not None and evidence.population,
        }
    if evidence is not None:
        claims["evidence"] = {"sha256": evidence.sha256, "bytes": evidence.bytes}
    return claims


def _levels(facts: Facts) -> dict[str, Any]:
    """Levels by column: one number, or under local recoding the kept records on each level."""
    names = [hierarchy.attribute for hierarchy in facts.hierarchies]
    if isinstance(facts.solution, LocalSolution):
        counted = map(list, facts.solution.level_records)
        return {"recoding": "local", "levels": dict(zip(names, counted, strict=True))}
    levels = facts.solution.levels if isinstance(facts.solution, Solution) else ()
    return {"levels": dict(zip(names, map(int, levels), strict=True))}


def _output(released: ReleasedFile, mode: str) -> dict[str, Any]:
    return {
        "sha256": released.sha256,
        "bytes": released.bytes,
        "format": released.format,
        "records": released.records,
        "columns": [
            {"name": column.name, "role": column.role.value}
            | ({"pseudonym": True} if column.pseudonym else {})
            for column in released.columns
        ],
        "suppressed": {"mode": mode, "records": released.suppressed},
    }


def _clause(finding: Finding) -> dict[str, Any]:
    clause = plain(finding.clause)
    if not clause["waivers"]:
        del clause["waivers"]
    return {**clause, "measured": finding.measured, "met": finding.met}


def _waiver(waiver: WaiverTrace) -> dict[str, Any]:
    """A waiver that relaxed something, with everything that its approvers answer for."""
    keys = ("id", "rule", "replaces", "by", "subjects", "reason", "approved_by", "until")
    told = {key: plain(getattr(waiver, key)) for key in keys}
    return {**told, "cite": [citation.cite for citation in waiver.citations]}
