"""Dated reference tables that ship with the product, e.g. residents per ZIP code area.

What a law calls current data is no part of a policy's text: the policy names a table and its
edition, ``us-zip3-population@2022``, and the table says where it is from.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final

from kiaim_server.errors import NotFoundError

_PACKAGE: Final = "kiaim_policies"
_FOLDER: Final = "tables"
_SUFFIX: Final = ".csv"


@dataclass(frozen=True)
class ReferenceTable:
    """A shipped table of whole numbers.

    Attributes
    ----------
    name
        Name and edition, joined by ``@``.
    title, source, licence
        What it counts, where that was published, and on which terms.
    key, value
        What its two columns are called.
    sha256
        Digest of the file's bytes, in hex.
    numbers
        The number of each key.
    """

    name: str
    title: str
    source: str
    licence: str
    key: str
    value: str
    sha256: str
    numbers: Mapping[str, int]


def reference_names() -> tuple[str, ...]:
    """Names with editions of all shipped tables, sorted."""
    return tuple(_files())


def reference_table(name: str) -> ReferenceTable:
    """The table called `name`, e.g. ``us-zip3-population@2022``.

    Names are looked up, never made into paths.

    Raises
    ------
    NotFoundError
        If no table has this name and edition; the message says which there are.
    """
    if name not in _files():
        known = ", ".join(reference_names()) or "none"
        near = difflib.get_close_matches(name[:100], reference_names(), n=1)
        hint = f" - did you mean {near[0]!r}?" if near else ""
        raise NotFoundError(f"no reference table is called {name!r}; there are: {known}{hint}")
    return _read(name)


@cache
def _read(name: str) -> ReferenceTable:
    content = _files()[name].read_bytes()
    lines = content.decode("utf-8").splitlines()
    about = dict(_stated(line) for line in lines if line.startswith("#"))
    (key, value), *rows = csv.reader(line for line in lines if not line.startswith("#"))
    return ReferenceTable(
        name=name,
        title=about["title"],
        source=about["source"],
        licence=about["licence"],
        key=key,
        value=value,
        sha256=hashlib.sha256(content).hexdigest(),
        numbers=MappingProxyType({code: int(number) for code, number in rows}),
    )


def _stated(line: str) -> tuple[str, str]:
    key, _, text = line.removeprefix("#").partition(":")
    return key.strip(), text.strip()


@cache
def _files() -> Mapping[str, Traversable]:
    """Name -> file; listed once, shipped files do not change while a process runs."""
    folder = resources.files(_PACKAGE) / _FOLDER
    found = {
        file.name.removesuffix(_SUFFIX): file
        for file in folder.iterdir()
        if file.name.endswith(_SUFFIX)
    }
    return dict(sorted(found.items()))
