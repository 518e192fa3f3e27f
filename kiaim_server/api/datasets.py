"""``/v1/datasets``: tables come in as a stream and are described by counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Any, BinaryIO, Final, cast

from flask import request, url_for
from werkzeug.datastructures import FileStorage

from kiaim_server.api.parsing import StrictBlueprint
from kiaim_server.api.schemas import DatasetSchema, LimitSchema
from kiaim_server.api.services import Services, services
from kiaim_server.errors import InputError, ParameterError
from kiaim_server.jobs import tasks
from kiaim_server.jobs.reading import reader_options
from kiaim_server.model.contract import Reader
from kiaim_server.read import reader_for, reader_for_media_type
from kiaim_server.store.datasets import Dataset

blueprint = StrictBlueprint(
    "datasets", __name__, url_prefix="/v1/datasets", description="Uploaded tables."
)

_MAX_NAME: Final = 255

_BODY: Final = {
    "description": "The table itself, or a form with the part 'file'.",
    "required": True,
    "content": {
        "text/csv": {"schema": {"type": "string"}},
        "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {
            "schema": {"type": "string", "format": "binary"}
        },
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}},
            }
        },
    },
}

_QUERY: Final = [
    {
        "in": "query",
        "name": "name",
        "schema": {"type": "string"},
        "description": "What messages and reports call the table; default: the file's name.",
    },
    {
        "in": "query",
        "name": "options",
        "style": "form",
        "explode": True,
        "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        "description": "Every other parameter is an option of the reader, e.g. delimiter=;.",
    },
]


@blueprint.view("", "POST")
@blueprint.documented(requestBody=_BODY, parameters=_QUERY)
@blueprint.gives(201, DatasetSchema)
def upload() -> tuple[Dataset, int, dict[str, str]]:
    """Upload a table.

    It is streamed to disk and hashed on the way, then read once in a process of its own: what
    cannot be read is refused here, with line and column.
    """
    desk = services()
    given = dict(request.args.lists())
    names = given.pop("name", [])
    if len(names) > 1:
        raise ParameterError("the query gives 'name' more than once")
    with _incoming() as (stream, media_type, file_name):
        label = _label(names[0] if names else file_name)
        reader = _reader_for(desk, media_type, label)
        options = reader_options(reader, given)
        with desk.store.datasets.receive(
            stream,
            name=_with_ending(label, reader),
            media_type=media_type if media_type in reader.media_types else reader.media_types[0],
            suffix=reader.suffixes[0],
            limit=desk.config.max_upload,
            reader=options,
        ) as received:
            found = desk.isolation.call(
                tasks.inspect_table,
                received.name,
                desk.config.installation,
                received.path,
                received.name,
                options,
            )
            dataset = desk.store.datasets.add(received, **found)
    location = url_for("datasets.show", dataset_id=dataset.id)
    return dataset, 201, {"Location": location}


@blueprint.view("")
@blueprint.takes(LimitSchema, location="query")
@blueprint.gives(200, DatasetSchema(many=True))
def index(query: Mapping[str, Any]) -> list[Dataset]:
    """List the tables, the newest first."""
    return list(services().store.datasets.newest(query["limit"]))


@blueprint.view("/<string:dataset_id>")
@blueprint.gives(200, DatasetSchema)
def show(dataset_id: str) -> Dataset:
    """Describe a table."""
    return services().store.datasets.get(dataset_id)


@blueprint.view("/<string:dataset_id>", "DELETE")
@blueprint.gives(204)
def delete(dataset_id: str) -> None:
    """Delete a table. Refused while a job needs it."""
    desk = services()
    desk.store.datasets.delete(
        dataset_id, lambda connection: desk.jobs.refuse_if_used(connection, dataset_id)
    )


@contextmanager
def _incoming() -> Iterator[tuple[BinaryIO, str, str]]:
    """The table in the request: its bytes, media type and file name."""
    if request.mimetype != "multipart/form-data":
        yield cast(BinaryIO, request.stream), request.mimetype, ""
        return
    part = only_part("file")
    yield cast(BinaryIO, part.stream), part.mimetype, part.filename or ""


def only_part(name: str) -> FileStorage:
    """The one file that a form has under `name`.

    Raises
    ------
    InputError
        There is none, or there are several.
    """
    parts = request.files.getlist(name)
    if len(parts) != 1:
        raise InputError(f"the form has {len(parts)} files called {name!r}; expected one")
    return parts[0]


def _label(name: str) -> str:
    """A name for people: no folders, nothing that a terminal would obey."""
    label: PurePath = PureWindowsPath(PurePosixPath(name).name)
    if len(label.name) > _MAX_NAME or not label.name.isprintable():
        raise ParameterError(
            f"the name of a table has at most {_MAX_NAME} characters, all of them printable"
        )
    return label.name


def _reader_for(desk: Services, media_type: str, name: str) -> type[Reader]:
    """The reader of a media type; of a form's bytes of no type, that of the file name's ending."""
    is_form = request.mimetype == "multipart/form-data"
    if is_form and media_type in ("", "application/octet-stream"):
        return reader_for(desk.workbench.host, name)
    return reader_for_media_type(desk.workbench.host, media_type)


def _with_ending(label: str, reader: type[Reader]) -> str:
    """The label with an ending that chooses `reader` whenever the table is read again."""
    if label.lower().endswith(reader.suffixes):
        return label
    return f"{label or 'table'}{reader.suffixes[0]}"
