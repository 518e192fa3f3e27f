"""Publishes policies: notes in ``policies.lock`` what each version is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kiaim_server.errors import PolicyError
from kiaim_server.model.diagnostic import Diagnostic, errors_in_words
from kiaim_server.policy.library import PolicyLibrary
from kiaim_server.policy.locking import (
    Lock,
    Locked,
    locked,
    read_lock,
    resolved_fault,
    with_lock_faults,
    write_lock,
)


@dataclass(frozen=True)
class Publication:
    """What became of one file.

    `state` is ``locked`` (a version that was not in the lock), ``unchanged``, ``draft`` (not
    published, so not locked) or ``refused``, with `faults`: errors of the linter, or P206 where a
    version was published with other content.
    """

    path: Path
    name: str
    version: str
    state: Literal["locked", "unchanged", "draft", "refused"]
    faults: tuple[Diagnostic, ...] = ()


def publish(
    paths: Sequence[Path], library: PolicyLibrary, *, write: bool = True
) -> tuple[Publication, ...]:
    """Note the versions of policy files in the lock beside them.

    Where one file of a folder is refused, the lock of that folder stays as it is. Entries of
    policies that are not asked for are kept.

    Parameters
    ----------
    write
        False only tells what would happen.

    Raises
    ------
    PolicyError
        A lock cannot be read.
    """
    found = [
        one for folder, files in _by_folder(paths) for one in _folder(folder, files, library, write)
    ]
    return tuple(found)


def _by_folder(paths: Sequence[Path]) -> Iterator[tuple[Path, list[Path]]]:
    folders = dict.fromkeys(path.resolve().parent for path in paths)
    for folder in folders:
        files = {path.resolve(): path for path in paths if path.resolve().parent == folder}
        yield folder, list(files.values())


def _folder(
    folder: Path, files: Sequence[Path], library: PolicyLibrary, write: bool
) -> list[Publication]:
    lock = read_lock(folder)
    if lock.faults:
        raise PolicyError(f"the lock cannot be read: {errors_in_words(lock.faults)}", lock.faults)
    entries = dict(lock.entries)
    found = [_publication(path, library, lock, entries) for path in files]
    if write and entries != lock.entries and all(one.state != "refused" for one in found):
        write_lock(folder, entries)
    return found


def _publication(
    path: Path, library: PolicyLibrary, lock: Lock, entries: dict[str, Locked]
) -> Publication:
    """Judge one file, and note it in `entries` if it is new there."""
    policy, source, diagnostics = library.published(path)
    faults = tuple(d for d in diagnostics if d.severity == "error")
    if policy is None:
        return Publication(path, path.name, "", "refused", faults)
    name, version = policy.name, policy.version
    against = with_lock_faults(source, lock).faults
    resolved = resolved_fault(source, policy, lock)
    faults = (*against, *([resolved] if resolved is not None else []))
    if faults:
        return Publication(path, name, version, "refused", faults)
    if policy.documents[0].status == "draft":
        return Publication(path, name, version, "draft")
    if name in entries and entries[name].version == version:
        return Publication(path, name, version, "unchanged")
    entries[name] = locked(source, policy)
    return Publication(path, name, version, "locked")
