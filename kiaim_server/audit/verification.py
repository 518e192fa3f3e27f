"""Re-checks a release from its manifest, a public key and the file: nothing else is needed."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from kiaim_server.audit.claims import Claims
from kiaim_server.audit.examination import PluginMeasure
from kiaim_server.audit.release import audit_release
from kiaim_server.errors import InputError, NotFoundError
from kiaim_server.model.bounds import TOLERANCE
from kiaim_server.model.decision import Finding
from kiaim_server.model.manifest import key_id_of, parse_manifest, signed_bytes


@dataclass(frozen=True)
class Check:
    """One thing that was checked; `detail` is a sentence and holds no cell value."""

    name: str
    ok: bool
    detail: str


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
        return all(check.ok for check in self.checks)


def verify(
    manifest: bytes | Path,
    data: Path,
    public_key: bytes | None = None,
    models: Mapping[str, PluginMeasure] | None = None,
) -> Verification:
    """Check signature, file and every claim of a manifest that can be recounted.

    Parameters
    ----------
    public_key
        The signer's, in PEM or as 32 raw bytes. Without it the key in the manifest is used, which
        shows that the manifest is intact, not who made it.
    models
        Measures of third parties' privacy models by name.

    Raises
    ------
    ManifestError
        If the manifest is no manifest. Everything else that is wrong is a failed check.
    InputError
        If `public_key` is no Ed25519 key.
    NotFoundError
        If there is no file at `manifest` or `data`.
    """
    for path in (manifest, data):
        if isinstance(path, Path) and not path.is_file():
            raise NotFoundError(f"{path}: no such file")
    document = parse_manifest(manifest.read_bytes() if isinstance(manifest, Path) else manifest)
    given = None if public_key is None else _given_key(public_key)
    signature, key_id = _check_signature(document, given)
    audit = audit_release(data, Claims.from_manifest(document), models)
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
        *clauses,
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


def _check_file(output: Mapping[str, Any], data: Path) -> Check:
    with data.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = data.stat().st_size
    if size != output["bytes"]:
        detail = f"The file has {size} bytes, but {output['bytes']} were released."
        return Check("file", False, detail)
    if digest != output["sha256"]:
        return Check("file", False, "The SHA-256 of the file is not that of the released one.")
    return Check("file", True, f"{size} bytes, SHA-256 {digest}.")


def _check_clause(finding: Finding, claimed: Mapping[str, Any]) -> Check:
    name = finding.clause.label
    if finding.measured is None:
        return Check(name, False, finding.note)
    measured = f"Measured {finding.measured:.6g}"
    if not finding.met:
        return Check(name, False, f"{measured}; the clause does not hold.")
    if not claimed["met"] or abs(finding.measured - claimed["measured"]) > TOLERANCE:
        return Check(name, False, f"{measured}, but {claimed['measured']:.6g} was claimed.")
    return Check(name, True, f"{measured}, as claimed. {finding.note}".strip())
