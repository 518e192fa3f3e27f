"""``/v1/verify``, ``/v1/measure``, ``/v1/public-key``: looking at tables without releasing any."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from flask import request
from werkzeug.datastructures import FileStorage

from kiaim_server.api.datasets import only_part
from kiaim_server.api.parsing import StrictBlueprint
from kiaim_server.api.schemas import MeasureRequestSchema, PublicKeySchema, VerificationSchema
from kiaim_server.api.services import services
from kiaim_server.errors import DataError, MediaTypeError, TooLargeError
from kiaim_server.jobs import catalogue, tasks

blueprint = StrictBlueprint(
    "checks", __name__, url_prefix="/v1", description="Verify and measure tables."
)

_CHUNK: Final = 1 << 20

_FORM: Final = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file", "manifest"],
                "properties": {
                    "file": {"type": "string", "format": "binary"},
                    "manifest": {"type": "string", "format": "binary"},
                    "public_key": {"type": "string", "format": "binary"},
                    "evidence": {"type": "string", "format": "binary"},
                },
            }
        }
    },
}


@blueprint.view("/verify", "POST")
@blueprint.documented(requestBody=_FORM)
@blueprint.gives(200, VerificationSchema)
def verify_release() -> Mapping[str, Any]:
    """Check a released file against its manifest, without any search.

    The signature is checked with the part ``public_key`` (PEM) if there is one, otherwise with
    this installation's own key. A release that counts persons or a population can be checked in
    full only with its evidence, the part ``evidence``.
    """
    if request.mimetype != "multipart/form-data":
        raise MediaTypeError("send multipart/form-data with the parts 'file' and 'manifest'")
    desk = services()
    config = desk.config
    with desk.store.layout.scratch("verify") as folder:
        data, manifest = folder / "data", folder / "manifest.json"
        _save(only_part("file"), data, config.max_upload)
        _save(only_part("manifest"), manifest, config.max_document)
        key = None
        if "public_key" in request.files:
            key = folder / "public-key.pem"
            _save(only_part("public_key"), key, config.max_document)
        evidence = None
        if "evidence" in request.files:
            evidence = folder / "evidence.parquet"
            _save(only_part("evidence"), evidence, config.max_upload)
        return desk.isolation.call(
            tasks.verify_release, "the file", config.installation, manifest, data, key, evidence
        )


@blueprint.view("/measure", "POST")
@blueprint.takes(MeasureRequestSchema)
@blueprint.gives(200)
def measure(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Measure k, l, t and re-identification risks of an uploaded table as it is."""
    desk = services()
    dataset = desk.store.datasets.get(body["dataset"])
    return desk.isolation.call(
        tasks.measure_table,
        dataset.name,
        desk.config.installation,
        dataset.path,
        dataset.name,
        dict(dataset.reader),
        body["quasi_identifiers"],
        body["sensitive"],
        body["population"],
    )


@blueprint.view("/public-key")
@blueprint.gives(200, PublicKeySchema)
def public_key() -> Mapping[str, Any]:
    """The key that this installation's manifests can be verified with, anywhere."""
    return catalogue.describe_key(services().workbench.keys)


def _save(part: FileStorage, path: Path, limit: int) -> None:
    size = 0
    with path.open("xb") as file:
        while chunk := part.stream.read(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise TooLargeError(f"{part.name}: larger than the limit of {limit} bytes")
            file.write(chunk)
    if size == 0:
        raise DataError(f"{part.name}: the upload has 0 bytes")
