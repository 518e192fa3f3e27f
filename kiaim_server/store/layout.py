"""Where things lie in the data folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex


def new_id(prefix: str) -> str:
    """A random name of 96 bits that is fit for URLs and file systems, e.g. ``d5c1...``."""
    return prefix + token_hex(12)


@dataclass(frozen=True)
class Layout:
    """The folders of one installation; make one with `Layout.create`.

    ::

        datasets/ID/       the uploaded file, as it came
        jobs/ID/           request.json, and one folder per finished attempt
        keys/              see `kiaim_server.store.keys`
        tmp/               what is being written; emptied at start
        kiaim.sqlite       everything that is not a file
    """

    root: Path

    @classmethod
    def create(cls, root: Path) -> Layout:
        """Make the folders that are missing, readable by their owner only."""
        layout = cls(root.absolute())
        for folder in (layout.root, layout.datasets, layout.jobs, layout.tmp):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return layout

    @property
    def datasets(self) -> Path:
        """Folder of the uploaded tables."""
        return self.root / "datasets"

    @property
    def jobs(self) -> Path:
        """Folder of the jobs' requests and artifacts."""
        return self.root / "jobs"

    @property
    def tmp(self) -> Path:
        """Folder of unfinished files, on the same file system as the others."""
        return self.root / "tmp"

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.root / "kiaim.sqlite"

    @contextmanager
    def scratch(self, purpose: str) -> Iterator[Path]:
        """A fresh folder in `tmp` that is gone afterwards, whatever happens."""
        folder = self.tmp / new_id(f"{purpose}-")
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def clear_scratch(self) -> None:
        """Delete what killed processes left in `tmp`. Only for when no other process uses it."""
        for left in self.tmp.iterdir():
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def make_durable(folder: Path) -> None:
    """Flush every file below `folder`, and the folders themselves, to the disk."""
    for path, _, names in os.walk(folder):
        for name in names:
            _flush(Path(path, name), os.O_RDONLY)
        _flush(Path(path), os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))


def move_durably(source: Path, target: Path) -> None:
    """Rename within the file system so that the new name survives a power failure.

    `target` must not exist; the caller ensures that nobody else makes it.
    """
    source.rename(target)
    _flush(target.parent, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))


def _flush(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
