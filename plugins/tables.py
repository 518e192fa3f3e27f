"""The tables behind shipped hierarchies: facts that do not change while a process runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

_PACKAGE: Final = "kiaim_hierarchies"


@cache
def table(folder: str, name: str) -> tuple[Mapping[str, str], ...]:
    """The rows of ``hierarchies/<folder>/<name>.csv``: UTF-8, separated by ``;``, with a header.

    Read when it is asked for the first time, and kept.
    """
    file = resources.files(_PACKAGE).joinpath(folder, f"{name}.csv")
    text = io.StringIO(file.read_text(encoding="utf-8"), newline="")
    return tuple(csv.DictReader(text, delimiter=";", strict=True))


def several(cell: str) -> list[str]:
    """The parts of a cell that holds several, separated by ``|``."""
    return [part for part in cell.split("|") if part]
