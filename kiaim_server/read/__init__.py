"""Reads a file into a table through the reader that fits it."""

from kiaim_server.read.choice import reader_for, reader_for_media_type
from kiaim_server.read.table import read_table

__all__ = ["read_table", "reader_for", "reader_for_media_type"]
