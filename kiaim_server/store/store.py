"""The data folder of an installation: files, and the database that knows them."""

from __future__ import annotations

from pathlib import Path

from kiaim_server.store.artifacts import ArtifactStore
from kiaim_server.store.database import Database
from kiaim_server.store.datasets import DatasetStore
from kiaim_server.store.layout import Layout


class Store:
    """Everything in one data folder. Opening it makes what is missing."""

    def __init__(self, data_dir: Path) -> None:
        self.layout = Layout.create(data_dir)
        self.database = Database(self.layout.database)
        self.datasets = DatasetStore(self.layout, self.database)
        self.artifacts = ArtifactStore(self.layout)
