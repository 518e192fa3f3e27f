"""What is known of each shipped hierarchy: what it is for, where it is from, how it is made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Final

PACKAGE: Final = "kiaim_hierarchies"
_ABOUT: Final = "about.json"


@dataclass(frozen=True)
class Provenance:
    """Whose facts a hierarchy states, and under which terms."""

    cite: str
    url: str
    licence: str


@dataclass(frozen=True)
class About:
    """One folder of shipped hierarchies.

    Attributes
    ----------
    name
        How policies call it.
    edition
        Of what it was taken from, or which editions its rule fits.
    levels
        Names of the levels, the values included; empty for a set, whose files differ.
    columns
        Of a set: the columns that it has files for. Empty where a builder makes it.
    build
        The builder and its parameters; None for a set of files.
    detects
        Detectors that recognise such values.
    """

    name: str
    title: str
    edition: str
    covers: str
    not_covered: str
    levels: tuple[str, ...]
    columns: tuple[str, ...]
    build: tuple[str, Mapping[str, Any]] | None
    detects: tuple[str, ...]
    sources: tuple[Provenance, ...] = field(default=())


@cache
def shipped_abouts() -> Mapping[str, About]:
    """Name -> what is known, of everything that ships with the product, sorted.

    Small files that do not change while a process runs: read once, when first asked for; the
    tables behind them are read where a column needs them.
    """
    found = {}
    for folder in resources.files(PACKAGE).iterdir():
        file = folder.joinpath(_ABOUT) if folder.is_dir() else None
        if file is not None and file.is_file():
            found[folder.name] = _about(folder.name, json.loads(file.read_text(encoding="utf-8")))
    return dict(sorted(found.items()))


def _about(name: str, content: Mapping[str, Any]) -> About:
    build = content.get("build")
    return About(
        name=name,
        title=content["title"],
        edition=content["edition"],
        covers=content["covers"],
        not_covered=content["not_covered"],
        levels=tuple(content.get("levels", ())),
        columns=tuple(content.get("columns", ())),
        build=None if build is None else next(iter(build.items())),
        detects=tuple(content.get("detects", ())),
        sources=tuple(Provenance(**source) for source in content["sources"]),
    )


def recipe(name: str) -> tuple[str, Mapping[str, Any]] | None:
    """Builder and parameters of the shipped hierarchy called `name`; None if it is one of files."""
    about = shipped_abouts().get(name)
    return None if about is None else about.build
