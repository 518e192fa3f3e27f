"""Re-checks a release from its manifest, a public key and the file: nothing else is needed."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from kiaim_server.audit.checks import Check
from kiaim_server.audit.claims import Claims
from kiaim_server.audit.examination import PluginMeasure
from kiaim_server.audit.release import audit_release
from kiaim_server.audit.waivers import check_waivers
from kiaim_server.errors import InputError, NotFoundError
from kiaim_server.model.bounds import TOLERANCE
from kiaim_server.model.decision import Finding
from kiaim_server.model.manifest import key_id_of, parse_manifest, signed_bytes


@dataclass(frozen=True)
class Verification:
    """The outcome of all checks.

    `key_id` names the key that the signature was checked with; `authenticated` is False if that
    key was taken from the manifest itself, so that anyone could have signed.
    """

    checks: tuple[Check, ...]
    key_id: str
    authenticated: bool

    @property
    def ok(self) -> bool:
        """Whether every check passed."""
        return self.verdict == "verified"

    @property
    def verdict(self) -> Literal["verified", "incomplete", "failed"]:
        """``incomplete`` if nothing failed, but something needs the evidence to be counted."""
        if all(check.ok for check in self.checks):
            return "verified"
        return "failed" if any(c.counted and not c.ok for c in self.checks) else "incomplete"


def verify(
    manifest: bytes | Path,
    data: Path,
    public_key: bytes | None = None,
    models: Mapping[str, PluginMeasure] | None = None,
    evidence: Path | None = None,
) -> Verification:
    """Check signature, file and every claim of a manifest that can be recounted.

    Parameters
    ----------
    public_key
        The signer's, in PEM or as 32 raw bytes. Without it the key in the manifest is used, which
        shows that the manifest is intact, not who made it.
    models
        Measures of third parties' privacy models by name.
    evidence
        The evidence that was made with the release, where it counts persons or a population.
        Without it, what needs it is reported as not counted, and the rest is checked.

    Raises
    ------
    ManifestError
        If the manifest is no manifest. Everything else that is wrong is a failed check.
    InputError
        If `public_key` is no Ed25519 key.
    NotFoundError
        If there is no file at `manifest`, `data` or `evidence`.
    """
    for path in (manifest, data, evidence):
        if isinstance(path, Path) and not path.is_file():
            raise NotFoundError(f"{path}: no such file")
    document = parse_manifest(manifest.read_bytes() if isinstance(manifest, Path) else manifest)
    given = None if public_key is None else _given_key(public_key)
    signature, key_id = _check_signature(document, given)
    claims = Claims.from_manifest(document)
    believed = _check_evidence(document.get("evidence"), evidence)
    trusted = evidence if believed is not None and believed.ok else None
    audit = audit_release(data, claims, models, evidence=trusted)
    if audit.disputes:
        believed = Check("evidence", False, " ".join(audit.disputes))
    shape = Check(
        "shape",
        not audit.mismatches,
        " ".join(audit.mismatches)
        or "Columns, records, suppressed records and class sizes are as claimed.",
    )
    claimed = document["clauses"]
    clauses = [_check_clause(f, c) for f, c in zip(audit.findings, claimed, strict=True)]
    checks = (
        Check("structure", True, f"A manifest of {document['software']}."),
        signature,
        _check_file(document["output"], data),
        shape,
        *([believed] if believed else []),
        *clauses,
        *check_waivers(document),
    )
    return Verification(checks, key_id, authenticated=given is not None)


def _given_key(key: bytes) -> bytes:
    """The 32 raw bytes of a public key in PEM or raw."""
    if len(key) == 32:
        return key
    try:
        loaded = load_pem_public_key(key)
    except (ValueError, UnsupportedAlgorithm):
        loaded = None
    if not isinstance(loaded, Ed25519PublicKey):
        raise InputError("the public key is neither an Ed25519 key in PEM nor 32 raw bytes")
    return loaded.public_bytes_raw()


def _check_signature(document: Mapping[str, Any], given: bytes | None) -> tuple[Check, str]:
    """Check the signature, with the given key if there is one; also return the key's short name."""
    signature = document["signature"]
    try:
        embedded = base64.b64decode(signature["public_key"], validate=True)
        value = base64.b64decode(signature["value"], validate=True)
        key = Ed25519PublicKey.from_public_bytes(embedded if given is None else given)
    except (binascii.Error, ValueError):
        key_id = key_id_of(given) if given is not None else signature["key_id"]
        return Check("signature", False, "The key or the signature is broken."), key_id
    key_id = key_id_of(key.public_bytes_raw())
    if signature["key_id"] != key_id_of(embedded):
        return Check("signature", False, "The key in the manifest is not the one it names."), key_id
    if given is not None and given != embedded:
        detail = f"Signed with key {signature['key_id']}, not with the given key {key_id}."
        return Check("signature", False, detail), key_id
    try:
        key.verify(value, signed_bytes(document))
    except InvalidSignature:
        detail = f"The manifest is not what was signed with key {key_id}."
        return Check("signature", False, detail), key_id
    if given is None:
        detail = (
            f"Intact, but the signer is not authenticated: the key {key_id} is the manifest's own. "
            "Give the signer's public key to know who signed."
        )
        return Check("signature", True, detail), key_id
    return Check("signature", True, f"Signed with the given key {key_id}."), key_id


def _check_evidence(claimed: Mapping[str, Any] | None, evidence: Path | None) -> Check | None:
    """Whether the evidence is the one of the release; None where none is needed or given."""
    if claimed is None:
        if evidence is None:
            return None
        return Check("evidence", False, "The manifest knows of no evidence; leave it out.")
    if evidence is None:
        detail = (
            "Not given. The release was made with evidence of what its file does not show; whoever "
            "answers for it has the file whose SHA-256 the manifest states."
        )
        return Check("evidence", False, detail, counted=False)
    return _same_bytes("evidence", claimed, evidence)


def _check_file(output: Mapping[str, Any], data: Path) -> Check:
    return _same_bytes("file", output, data)


def _same_bytes(name: str, claimed: Mapping[str, Any], data: Path) -> Check:
    with data.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = data.stat().st_size
    if size != claimed["bytes"]:
        detail = f"The {name} has {size} bytes, but {claimed['bytes']} were released."
        return Check(name, False, detail)
    if digest != claimed["sha256"]:
        return Check(name, False, f"The SHA-256 of the {name} is not that of the released one.")
    return Check(name, True, f"{size} bytes, SHA-256 {digest}.")


def _check_clause(finding: Finding, claimed: Mapping[str, Any]) -> Check:
    name = finding.clause.label
    if finding.measured is None:
        return Check(name, False, finding.note, finding.counted)
    measured = f"Measured {finding.measured:.6g}"
    if not finding.met:
        return Check(name, False, f"{measured}; the clause does not hold.")
    if not claimed["met"] or abs(finding.measured - claimed["measured"]) > TOLERANCE:
        return Check(name, False, f"{measured}, but {claimed['measured']:.6g} was claimed.")
    waived = ", ".join(claimed.get("waivers", ()))
    relaxed = f" Relaxed by waiver {waived}." if waived else ""
    return Check(name, True, f"{measured}, as claimed.{relaxed} {finding.note}".strip())
