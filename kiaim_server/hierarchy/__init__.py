"""Finds a column's hierarchy: the request's own, a shipped one, or one that a plugin builds."""

from kiaim_server.hierarchy.reading import hierarchy_of_rows, parse_hierarchy, read_hierarchy
from kiaim_server.hierarchy.resolving import resolve
from kiaim_server.hierarchy.shipped import shipped_hierarchy, shipped_names, shipped_sets
from kiaim_server.hierarchy.source import HierarchySource

__all__ = [
    "HierarchySource",
    "hierarchy_of_rows",
    "parse_hierarchy",
    "read_hierarchy",
    "resolve",
    "shipped_hierarchy",
    "shipped_names",
    "shipped_sets",
]
