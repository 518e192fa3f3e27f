"""The application with the face, and a workbench to release with in this process."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kiaim_server.api.app import create_app
from kiaim_server.api.config import ServerConfig
from kiaim_server.arxaas import Face
from kiaim_server.jobs.installation import Installation
from kiaim_server.pipeline import Workbench

#: Ten records; 8 of 10 in classes of four already.
DATA: Final = [
    ["zipcode", "disease"],
    *[["81667", "flu"]] * 4,
    *[["81668", "cold"]] * 4,
    ["10001", "flu"],
    ["10002", "cold"],
]
ZIPCODES: Final = [
    ["81667", "8166*", "*****"],
    ["81668", "8166*", "*****"],
    ["10001", "1000*", "*****"],
    ["10002", "1000*", "*****"],
]


def request(**changed: Any) -> dict[str, Any]:
    """A request that is answered, of fresh lists."""
    return copy.deepcopy(
        {
            "data": DATA,
            "attributes": [
                attribute("zipcode", "QUASIIDENTIFYING", ZIPCODES),
                attribute("disease", "INSENSITIVE"),
            ],
            "privacyModels": [model("KANONYMITY", k=4)],
            "suppressionLimit": 0.3,
            **changed,
        }
    )


def attribute(field: str, kind: str, hierarchy: Any = None) -> dict[str, Any]:
    """An attribute of a request."""
    return {"field": field, "attributeTypeModel": kind, "hierarchy": hierarchy}


def model(name: str, **params: Any) -> dict[str, Any]:
    """A privacy model of a request."""
    return {"privacyModel": name, "params": params}


@pytest.fixture(scope="package")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application with the face; tables may have 100 records, bodies 100,000 bytes."""
    config = ServerConfig(
        Installation(tmp_path_factory.mktemp("data")),
        max_document=100_000,
        arxaas=Face(max_records=100),
    )
    return create_app(config)


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client


@pytest.fixture(scope="package")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    return Workbench.open(tmp_path_factory.mktemp("keys"))


def data_folder(app: Flask) -> Path:
    """Where the application keeps its files."""
    from kiaim_server.api.services import Services

    return Services.of(app).store.layout.root
