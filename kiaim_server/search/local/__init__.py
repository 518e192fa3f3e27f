"""Local recoding: every record has levels of its own. A heuristic, held to the same models."""

from kiaim_server.search.local.find import SCHEMES, find_local

__all__ = ["SCHEMES", "find_local"]
