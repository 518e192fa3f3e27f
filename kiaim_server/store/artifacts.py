"""What jobs produce: published as a whole or not at all, and never overwritten."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kiaim_server.errors import NotFoundError
from kiaim_server.store.layout import Layout, make_durable, move_durably, new_id


class ArtifactStore:
    """Folders of the jobs.

    A job's files become visible when the database names their folder, which happens in the same
    transaction that ends the job; until then a finished folder is nobody's and can be dropped.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def write_request(self, job: str, request: Mapping[str, Any]) -> None:
        """Keep the complete request of a job beside its artifacts."""
        with self._layout.scratch("request") as folder:
            (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
            make_durable(folder)
            move_durably(folder, self._layout.jobs / job)

    def read_request(self, job: str) -> dict[str, Any]:
        """The request that `write_request` kept.

        Raises
        ------
        NotFoundError
            The job's folder is not there any more.
        """
        path = self._layout.jobs / job / "request.json"
        try:
            request: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise NotFoundError(f"the request of job {job} is not in the data folder") from None
        return request

    def discard(self, job: str) -> None:
        """Delete the folder of a job that the database does not know."""
        shutil.rmtree(self._layout.jobs / job, ignore_errors=True)

    def store(self, job: str, staging: Path) -> str:
        """Move a staged folder to its final place, durably, and return its name there."""
        name = new_id("r")
        make_durable(staging)
        move_durably(staging, self._layout.jobs / job / name)
        return name

    def drop(self, job: str, name: str) -> None:
        """Delete a stored folder that was not published."""
        shutil.rmtree(self._layout.jobs / job / name, ignore_errors=True)

    def drop_unpublished(self, job: str) -> None:
        """Delete every stored folder of a job that has not ended, as none of them is published."""
        for folder in (self._layout.jobs / job).glob("r*/"):
            shutil.rmtree(folder, ignore_errors=True)

    def path(self, job: str, folder: str, file: str) -> Path:
        """Path of a published file; all three names come from the database, never from a user."""
        return self._layout.jobs / job / folder / file
