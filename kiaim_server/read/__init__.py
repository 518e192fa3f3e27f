"""Reads a file into a table through the reader that fits it."""

from kiaim_server.read.choice import reader_for, reader_for_media_type
from kiaim_server.read.subset import candidates_of, members_of, without_column
from kiaim_server.read.table import Engine, open_table, read_table

__all__ = [
    "Engine",
    "candidates_of",
    "members_of",
    "open_table",
    "read_table",
    "reader_for",
    "reader_for_media_type",
    "without_column",
]
