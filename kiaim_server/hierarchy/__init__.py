"""Finds a column's hierarchy: the request's own, a shipped one, or one that a plugin builds."""

from kiaim_server.hierarchy.reading import hierarchy_of_rows, parse_hierarchy, read_hierarchy
from kiaim_server.hierarchy.resolving import resolve
from kiaim_server.hierarchy.shipped import shipped_hierarchy, shipped_names, shipped_sets
from kiaim_server.hierarchy.source import HierarchySource
from kiaim_server.hierarchy.tables import ReferenceTable, reference_names, reference_table

__all__ = [
    "HierarchySource",
    "ReferenceTable",
    "hierarchy_of_rows",
    "parse_hierarchy",
    "read_hierarchy",
    "reference_names",
    "reference_table",
    "resolve",
    "shipped_hierarchy",
    "shipped_names",
    "shipped_sets",
]
