"""Keys are made once, kept private, and never shown."""

from __future__ import annotations

import os
import pickle
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.errors import InputError
from kiaim_server.store.keys import KeyStore


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return KeyStore(tmp_path_factory.mktemp("data"))


def test_keys_are_made_on_first_use_and_then_kept(tmp_path):
    first, second = KeyStore(tmp_path), KeyStore(tmp_path)
    assert first.key_id == second.key_id
    assert first.sign(b"message") == second.sign(b"message")
    assert first.derive("pseudonyms") == second.derive("pseudonyms")
    assert sorted(p.name for p in (tmp_path / "keys").iterdir()) == [
        "master-secret",
        "signing-key.pem",
    ]


def test_two_installations_have_different_keys(tmp_path):
    one, other = KeyStore(tmp_path / "one"), KeyStore(tmp_path / "other")
    assert one.key_id != other.key_id
    assert one.derive("pseudonyms") != other.derive("pseudonyms")


@pytest.mark.skipif(os.name != "posix", reason="file modes are a matter of POSIX")
def test_key_files_belong_to_their_owner_alone(tmp_path):
    KeyStore(tmp_path)
    for path in (tmp_path / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    (tmp_path / "keys" / "master-secret").chmod(0o640)
    with pytest.raises(InputError, match="chmod 600"):
        KeyStore(tmp_path)


def test_stores_opened_at_once_share_one_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(lambda _: KeyStore(tmp_path), range(16)))
    assert len({store.key_id for store in stores}) == 1
    assert len({store.derive("pseudonyms") for store in stores}) == 1


@pytest.mark.parametrize(
    ("file", "content"),
    [("signing-key.pem", b"no key"), ("master-secret", b"short")],
)
def test_a_damaged_key_file_is_named_and_not_replaced(tmp_path, file, content):
    KeyStore(tmp_path)
    path = tmp_path / "keys" / file
    path.write_bytes(content)
    with pytest.raises(InputError, match=file) as caught:
        KeyStore(tmp_path)
    assert content.decode() not in str(caught.value).replace(str(path), "")
    assert path.read_bytes() == content


def test_the_public_key_verifies_signatures(keys):
    public = load_pem_public_key(keys.public_pem())
    public.verify(keys.sign(b"message"), b"message")
    assert public.public_bytes_raw() == keys.public_key


def test_secrets_are_neither_shown_nor_pickled(keys):
    assert repr(keys) == f"<KeyStore {keys.key_id}>"
    with pytest.raises(TypeError, match="not serialized"):
        pickle.dumps(keys)


@given(st.lists(st.lists(st.text(max_size=3), min_size=1, max_size=4), min_size=2, unique_by=tuple))
def test_different_purposes_have_different_keys(keys, purposes):
    derived = {keys.derive(*purpose) for purpose in purposes}
    assert len(derived) == len(purposes)
    assert all(len(key) == 32 for key in derived)
