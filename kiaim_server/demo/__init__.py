"""Bundled data for ``kiaim demo`` and the tests; see README.md beside it for source and licence."""

from importlib.resources import files
from pathlib import Path


def adult_table() -> Path:
    """The bundled census table: 30,162 records, 9 categorical columns, separated by ``;``."""
    return Path(str(files(__name__).joinpath("adult.csv")))
