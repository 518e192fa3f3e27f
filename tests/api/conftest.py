"""The application without workers, and a server with them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kiaim_server.api.app import create_app
from kiaim_server.api.config import ServerConfig
from kiaim_server.jobs.installation import Installation
from tests import desk


@pytest.fixture(scope="package")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application whose tables may have 4000 bytes and whose documents 20,000."""
    folder = tmp_path_factory.mktemp("data")
    config = ServerConfig(Installation(folder), max_upload=4000, max_document=20_000)
    return create_app(config)


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client


@pytest.fixture(scope="package")
def patients(app: Flask) -> str:
    """Id of the uploaded table."""
    answer = upload(app.test_client(), desk.PATIENTS.encode())
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["id"])


def upload(client: FlaskClient, content: bytes, query: str = "name=patients.csv") -> Any:
    """POST a CSV table."""
    return client.post(f"/v1/datasets?{query}", data=content, content_type="text/csv")


def form(**parts: bytes) -> dict[str, Any]:
    """Parts of a multipart form."""
    return {name: (io.BytesIO(content), f"{name}.bin") for name, content in parts.items()}


def job_request(dataset_id: str, **more: Any) -> dict[str, Any]:
    """A request that would be released."""
    return {
        "dataset": dataset_id,
        "policy_text": desk.POLICY,
        "context": desk.CONTEXT,
        "hierarchies": {"inline": desk.HIERARCHIES},
        **more,
    }


def data_folder(app: Flask) -> Path:
    """Where the application keeps its files."""
    from kiaim_server.api.services import Services

    return Services.of(app).store.layout.root
