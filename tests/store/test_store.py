"""What goes into the data folder comes out whole, or leaves nothing behind."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from kiaim_server.errors import ConflictError, DataError, InputError, NotFoundError, TooLargeError
from kiaim_server.store.datasets import Dataset
from kiaim_server.store.layout import new_id
from kiaim_server.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data")


def add(store: Store, content: bytes = b"a,b\n1,2\n", name: str = "t.csv") -> Dataset:
    with store.datasets.receive(
        io.BytesIO(content), name=name, media_type="text/csv", suffix=".csv", limit=1000, reader={}
    ) as upload:
        return store.datasets.add(upload, rows=1, columns=2, profile=[{"name": "a"}])


def left_in_tmp(store: Store) -> list[Path]:
    return list(store.layout.tmp.iterdir())


def test_a_dataset_comes_back_with_hash_size_and_description(store: Store) -> None:
    content = b"a,b\n1,2\n"
    dataset = store.datasets.get(add(store, content).id)
    assert dataset.path.read_bytes() == content
    assert dataset.sha256 == hashlib.sha256(content).hexdigest()
    assert (dataset.bytes, dataset.rows, dataset.columns) == (8, 1, 2)
    assert dataset.profile == ({"name": "a"},)
    assert left_in_tmp(store) == []


def test_names_are_never_paths(store: Store) -> None:
    dataset = add(store, name="../../etc/passwd")
    assert dataset.path.is_relative_to(store.layout.datasets)
    assert dataset.path.name == "data.csv"
    assert dataset.name == "../../etc/passwd"


def test_an_empty_upload_is_refused_and_leaves_nothing(store: Store) -> None:
    with pytest.raises(DataError, match=r"t\.csv: the upload has 0 bytes"):
        add(store, b"")
    assert left_in_tmp(store) == []
    assert store.datasets.newest(10) == ()


def test_an_upload_beyond_the_limit_is_refused_and_leaves_nothing(store: Store) -> None:
    add(store, b"x" * 1000)
    with pytest.raises(TooLargeError, match="upload limit of 1000 bytes"):
        add(store, b"x" * 1001)
    assert left_in_tmp(store) == []


def test_an_upload_that_is_not_added_is_gone(store: Store) -> None:
    with store.datasets.receive(
        io.BytesIO(b"x"), name="t", media_type="text/csv", suffix=".csv", limit=9, reader={}
    ) as upload:
        assert upload.path.exists()
    assert not upload.path.exists()


def test_a_name_that_is_no_unicode_leaves_no_file_without_a_row(store: Store) -> None:
    with pytest.raises(UnicodeEncodeError):
        add(store, name="\ud800")
    assert list(store.layout.datasets.iterdir()) == []


def test_folders_are_readable_by_their_owner_only(store: Store) -> None:
    dataset = add(store)
    for path in (store.layout.root, store.layout.datasets, dataset.path.parent, dataset.path):
        assert stat.S_IMODE(os.stat(path).st_mode) & 0o077 == 0


def test_deleting_takes_file_and_row(store: Store) -> None:
    dataset = add(store)
    store.datasets.delete(dataset.id, lambda connection: None)
    assert not dataset.path.exists()
    with pytest.raises(NotFoundError):
        store.datasets.get(dataset.id)
    with pytest.raises(NotFoundError):
        store.datasets.delete(dataset.id, lambda connection: None)


def test_a_guard_that_objects_keeps_the_dataset(store: Store) -> None:
    dataset = add(store)

    def object_to_it(connection: sa.Connection) -> None:
        raise ConflictError("in use")

    with pytest.raises(ConflictError):
        store.datasets.delete(dataset.id, object_to_it)
    assert store.datasets.get(dataset.id).path.exists()


def test_newest_first(store: Store) -> None:
    ids = [add(store).id for _ in range(3)]
    assert [d.id for d in store.datasets.newest(2)] == ids[:0:-1]


def test_two_writers_wait_for_each_other(store: Store) -> None:
    threads = [threading.Thread(target=add, args=(store,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.datasets.newest(100)) == 8


def test_a_database_of_another_version_is_not_touched(store: Store) -> None:
    with store.database.writing() as connection:
        connection.exec_driver_sql("PRAGMA user_version = 99")
    with pytest.raises(InputError, match="layout 99"):
        Store(store.layout.root)


def test_a_failed_transaction_changes_nothing(store: Store) -> None:
    dataset = add(store)

    def delete_and_fail() -> None:
        with store.database.writing() as connection:
            connection.exec_driver_sql("DELETE FROM datasets")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        delete_and_fail()
    assert store.datasets.get(dataset.id) == dataset


def test_artifacts_appear_as_a_whole_and_twice_side_by_side(store: Store) -> None:
    job = new_id("j")
    store.artifacts.write_request(job, {"seed": 1})
    assert store.artifacts.read_request(job) == {"seed": 1}
    folders = []
    for content in ("first", "second"):
        staging = store.layout.tmp / content
        staging.mkdir()
        (staging / "data.csv").write_text(content)
        folders.append(store.artifacts.store(job, staging))
        assert not staging.exists()
    first, second = (store.artifacts.path(job, f, "data.csv") for f in folders)
    assert (first.read_text(), second.read_text()) == ("first", "second")
    store.artifacts.drop(job, folders[0])
    assert not first.exists()
    assert second.exists()


def test_what_killed_processes_left_is_cleared(store: Store) -> None:
    (store.layout.tmp / "folder").mkdir()
    (store.layout.tmp / "folder" / "file").write_text("x")
    (store.layout.tmp / "file").write_text("x")
    store.layout.clear_scratch()
    assert left_in_tmp(store) == []


def test_a_lost_request_is_named(store: Store) -> None:
    with pytest.raises(NotFoundError, match="request of job"):
        store.artifacts.read_request("j0")
