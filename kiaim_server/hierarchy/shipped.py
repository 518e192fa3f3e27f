"""Hierarchies that come with the product, in sets named after their table."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from kiaim_server.errors import NotFoundError
from kiaim_server.hierarchy.catalogue import PACKAGE, shipped_abouts
from kiaim_server.hierarchy.reading import parse_hierarchy
from kiaim_server.model.hierarchy import Hierarchy

_PREFIX: Final = "hierarchy_"
_SUFFIX: Final = ".csv"


def shipped_sets() -> tuple[str, ...]:
    """Names of the shipped sets, sorted."""
    return tuple(_sets())


def shipped_names() -> tuple[str, ...]:
    """Everything a policy may name: each set, each of its hierarchies as ``set/column``, and each
    that a builder makes; sorted.
    """
    single = (f"{name}/{column}" for name, files in _sets().items() for column in files)
    built = (name for name, about in shipped_abouts().items() if about.build is not None)
    return tuple(sorted([*_sets(), *single, *built]))


def shipped_hierarchy(name: str, attribute: str) -> Hierarchy | None:
    """The shipped hierarchy ``set/column``, or that for `attribute` in the set called `name`.

    None if the set has none for `attribute`, or a builder makes it (see `recipe`). Names are looked
    up, never made into paths.

    Raises
    ------
    NotFoundError
        If nothing is called `name`; the message says what is, and what may have been meant.
    """
    check_shipped(name, shipped_names())
    set_name, slash, column = name.partition("/")
    file = _sets().get(set_name, {}).get(column if slash else attribute)
    if file is None:
        return None
    return parse_hierarchy(file.read_bytes(), attribute, f"{set_name}/{file.name}")


def shipped_content(name: str) -> bytes | None:
    """The file of the shipped hierarchy ``set/column``; None for any other name."""
    set_name, _, column = name.partition("/")
    file = _sets().get(set_name, {}).get(column)
    return None if file is None else file.read_bytes()


def check_shipped(name: str, known: tuple[str, ...]) -> None:
    """Refuse a `name` that is not among `known`."""
    if name in known:
        return
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    raise NotFoundError(
        f"no shipped hierarchy is called {name!r}{hint}; there are: {', '.join(known) or 'none'}"
    )


@cache
def _sets() -> Mapping[str, Mapping[str, Traversable]]:
    """Set -> column -> file; read once, shipped files do not change while a process runs."""
    found = {}
    for folder in resources.files(PACKAGE).iterdir():
        if folder.is_dir():
            files = {
                file.name.removeprefix(_PREFIX).removesuffix(_SUFFIX): file
                for file in folder.iterdir()
                if file.name.startswith(_PREFIX) and file.name.endswith(_SUFFIX)
            }
            if files:
                found[folder.name] = dict(sorted(files.items()))
    return dict(sorted(found.items()))
