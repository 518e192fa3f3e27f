"""Finds a column's hierarchy: the request's own, a shipped one, or one that a plugin builds."""

from kiaim_server.hierarchy.catalogue import About, Provenance, recipe, shipped_abouts
from kiaim_server.hierarchy.checking import Checked, check_hierarchy, file_rows, file_text
from kiaim_server.hierarchy.reading import hierarchy_of_rows, parse_hierarchy, read_hierarchy
from kiaim_server.hierarchy.resolving import build, resolve
from kiaim_server.hierarchy.shipped import (
    shipped_content,
    shipped_hierarchy,
    shipped_names,
    shipped_sets,
)
from kiaim_server.hierarchy.source import HierarchySource
from kiaim_server.hierarchy.tables import ReferenceTable, reference_names, reference_table

__all__ = [
    "About",
    "Checked",
    "HierarchySource",
    "Provenance",
    "ReferenceTable",
    "build",
    "check_hierarchy",
    "file_rows",
    "file_text",
    "hierarchy_of_rows",
    "parse_hierarchy",
    "read_hierarchy",
    "recipe",
    "reference_names",
    "reference_table",
    "resolve",
    "shipped_abouts",
    "shipped_content",
    "shipped_hierarchy",
    "shipped_names",
    "shipped_sets",
]
