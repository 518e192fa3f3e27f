"""What every view works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self, cast

from flask import Flask, current_app

from kiaim_server.api.config import ServerConfig
from kiaim_server.jobs.isolated import Isolation
from kiaim_server.jobs.table import JobTable
from kiaim_server.jobs.workers import WorkerTable
from kiaim_server.pipeline import Workbench
from kiaim_server.store.store import Store

_KEY: Final = "kiaim"


@dataclass(frozen=True)
class Services:
    """Data folder, queue, plugins and policies of the installation."""

    config: ServerConfig
    store: Store
    jobs: JobTable
    workers: WorkerTable
    workbench: Workbench
    isolation: Isolation

    @classmethod
    def open(cls, config: ServerConfig) -> Self:
        """Open the data folder and load plugins and policies."""
        installation = config.installation
        isolation = Isolation(config.read_seconds)
        store = Store(installation.data_dir)
        workbench = Workbench.open(
            installation.data_dir, installation.plugins_dir, installation.policies_dir
        )
        return cls(
            config,
            store,
            JobTable(store.database),
            WorkerTable(store.database),
            workbench,
            isolation,
        )

    @staticmethod
    def of(app: Flask) -> Services:
        """The services that were attached to `app`."""
        return cast(Services, app.extensions[_KEY])

    def attach(self, app: Flask) -> None:
        """Let the views of `app` find this by `services`."""
        app.extensions[_KEY] = self


def services() -> Services:
    """The services of the application that handles the present request."""
    return Services.of(current_app)
