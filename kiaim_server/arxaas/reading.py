"""Reads requests from files: a JSON body, or the files of a form."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiaim_server.arxaas.cells import Spelt, cell_text
from kiaim_server.arxaas.schemas import FormMetadataSchema, RequestSchema, asked, loaded
from kiaim_server.arxaas.values import Asked, AskedAttribute
from kiaim_server.errors import DataError
from kiaim_server.model.json_text import read_json


@dataclass(frozen=True)
class Form:
    """The files of a form: the table, what is to be done with it, and hierarchies in order."""

    file: Path
    metadata: Path
    hierarchies: tuple[Path, ...] = ()


def read_body(path: Path) -> Any:
    """The JSON values of a body, numbers with their spelling."""
    return read_json(path.read_bytes(), Spelt)


def read_request(source: Path | Form) -> Asked:
    """The request in a JSON body or a form.

    Raises
    ------
    InputError
        No JSON, or not of the form that the schemas say; with places, without cell values.
    """
    if isinstance(source, Path):
        request = loaded(RequestSchema(), read_body(source))
        return asked(request, request["data"])
    metadata: Mapping[str, Any] = loaded(FormMetadataSchema(), read_body(source.metadata))
    attributes = [_with_file(a, source.hierarchies) for a in metadata["attributes"]]
    return asked({**metadata, "attributes": attributes}, read_rows(source.file, "file"))


def _with_file(attribute: Mapping[str, Any], files: Sequence[Path]) -> AskedAttribute:
    number = attribute["hierarchy"]
    if number is None:
        return AskedAttribute(attribute["field"], attribute["type"])
    if number >= len(files):
        raise DataError(
            f"metadata: an attribute asks for hierarchy {number}, counted from 0, but the form "
            f"has {len(files)} files called 'hierarchies'"
        )
    rows = read_rows(files[number], f"hierarchies[{number}]")
    return AskedAttribute(attribute["field"], attribute["type"], rows)


def read_rows(path: Path, what: str) -> list[list[str]]:
    """Rows of a file with semicolons between cells, quoted where needed; messages call it `what`.

    A blank line is no row, except in a file of one column, where it is an empty cell; at the end it
    never is one.

    Raises
    ------
    DataError
        Not UTF-8, or broken quotes.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise DataError(f"{what}: not UTF-8 text") from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    try:
        rows = list(reader)
    except csv.Error:
        raise DataError(
            f"{what}: line {reader.line_num} has broken quotes, or a cell without end",
            line=reader.line_num,
        ) from None
    blank = [""] if rows and len(rows[0]) == 1 else None
    found = [row or blank for row in rows if row or blank]
    try:
        return [[cell_text(cell) for cell in row] for row in found if row is not None]
    except ValueError:
        raise DataError(f"{what}: has NUL characters") from None
