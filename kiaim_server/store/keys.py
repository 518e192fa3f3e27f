"""The keys of an installation: one to sign manifests, one secret to derive pseudonym keys from."""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kiaim_server.errors import InputError
from kiaim_server.model.manifest import key_id_of

_SIGNING_KEY: Final = "signing-key.pem"
_MASTER_SECRET: Final = "master-secret"  # noqa: S105 - a file name
_SECRET_BYTES: Final = 32


class KeyStore:
    """Signing key pair (Ed25519) and master secret in ``data_dir/keys``, made on first use.

    Both files belong to the user who runs the server (mode 0600) and are made atomically: of
    several processes that start at once, all use the key of the one that was first. The secret
    keys appear in no representation, message or manifest. Whoever loses the folder can still
    verify old manifests with the exported public key, but cannot sign as the same signer nor
    make the same pseudonyms again.

    Raises
    ------
    InputError
        If a key file is no key, or if others than its owner may read it.
    """

    def __init__(self, data_dir: Path) -> None:
        folder = data_dir / "keys"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._signing_key = _load_signing_key(folder / _SIGNING_KEY)
        self._secret = _load_secret(folder / _MASTER_SECRET)

    @staticmethod
    def exists(data_dir: Path) -> bool:
        """Whether both keys have been made."""
        names = (_SIGNING_KEY, _MASTER_SECRET)
        return all((data_dir / "keys" / name).is_file() for name in names)

    def __repr__(self) -> str:
        return f"<KeyStore {self.key_id}>"

    def __reduce__(self) -> str:
        raise TypeError("keys are not serialized; open the key store where it is needed")

    @property
    def public_key(self) -> bytes:
        """The public key, 32 raw bytes."""
        return self._signing_key.public_key().public_bytes_raw()

    @property
    def key_id(self) -> str:
        """Short name of the public key, as manifests show it."""
        return key_id_of(self.public_key)

    def public_pem(self) -> bytes:
        """The public key in PEM (SubjectPublicKeyInfo), to be handed to whoever verifies."""
        return self._signing_key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, data: bytes) -> bytes:
        """Sign `data`; Ed25519 is deterministic (RFC 8032), 64 bytes."""
        return self._signing_key.sign(data)

    def derive(self, purpose: str, *context: str) -> bytes:
        """Derive 32 secret bytes for a purpose by HKDF-SHA256 (RFC 5869).

        Equal arguments give equal keys, different ones independent keys; the parts are joined
        with their lengths, so that ``("a", "bc")`` and ``("ab", "c")`` differ.
        """
        parts = [part.encode() for part in (purpose, *context)]
        info = b"kiaim/derive/v1" + b"".join(len(p).to_bytes(8, "big") + p for p in parts)
        kdf = HKDF(algorithm=hashes.SHA256(), length=_SECRET_BYTES, salt=None, info=info)
        return kdf.derive(self._secret)


def _load_signing_key(path: Path) -> Ed25519PrivateKey:
    content = _read_or_make(path, _new_signing_key)
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(f"{path}: is not an Ed25519 private key in PEM; restore it from a backup")
    return key


def _new_signing_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _load_secret(path: Path) -> bytes:
    secret = _read_or_make(path, lambda: secrets.token_bytes(_SECRET_BYTES))
    if len(secret) != _SECRET_BYTES:
        raise InputError(f"{path}: is not a secret of {_SECRET_BYTES} bytes; restore it")
    return secret


def _read_or_make(path: Path, make: Callable[[], bytes]) -> bytes:
    if not path.exists():
        _create(path, make())
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise InputError(f"{path}: others than its owner may read it; run chmod 600 on it")
    return path.read_bytes()


def _create(path: Path, content: bytes) -> None:
    """Make the file with its whole content, or leave the one that another process just made."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)  # atomic, and fails if the file exists
        except FileExistsError:
            return
    finally:
        temporary.unlink()
