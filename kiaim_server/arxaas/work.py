"""What a request has done, for a process of its own: files in, and a file with the answer out.

Every function writes ``answer.json`` into `folder`, so that the server passes bytes on and holds no
table, and returns nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from kiaim_server.arxaas import releasing
from kiaim_server.arxaas.building import builder_of
from kiaim_server.arxaas.face import Face
from kiaim_server.arxaas.reading import Form, read_body, read_request
from kiaim_server.arxaas.risks import Profile
from kiaim_server.arxaas.schemas import HierarchyRequestSchema, loaded
from kiaim_server.errors import TooLargeError
from kiaim_server.jobs.installation import Installation
from kiaim_server.jobs.tasks import open_workbench

ANSWER: Final = "answer.json"
_NOTHING: Final[Mapping[str, Any]] = {}


def anonymize(
    installation: Installation, face: Face, source: Path | Form, folder: Path
) -> Mapping[str, Any]:
    """Answer ``/api/anonymize``; see `releasing.anonymize`."""
    asked = read_request(source)
    return _write(releasing.anonymize(asked, face, open_workbench(installation), folder), folder)


def analyze(face: Face, source: Path | Form, folder: Path) -> Mapping[str, Any]:
    """Answer ``/api/analyze``: the risk profile of the table as it is.

    Raises
    ------
    InputError
        The request cannot be used.
    """
    asked = read_request(source)
    releasing.check_size(asked, face)
    return _write(Profile.of_rows(asked.header, asked.records, asked.quasi).as_json(), folder)


def build_hierarchy(face: Face, source: Path, folder: Path) -> Mapping[str, Any]:
    """Answer ``/api/hierarchy``.

    Raises
    ------
    InputError
        The request cannot be used, or a value cannot be placed.
    """
    request = loaded(HierarchyRequestSchema(), read_body(source))
    if len(request["column"]) > face.max_records:
        raise TooLargeError(f"the column has more than {face.max_records} values")
    rows = builder_of(request["builder"]).rows(request["column"])
    return _write({"hierarchy": rows}, folder)


def _write(answer: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    text = json.dumps(answer, ensure_ascii=False, allow_nan=False)
    (folder / ANSWER).write_text(text, encoding="utf-8")
    return _NOTHING
