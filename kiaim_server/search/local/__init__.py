"""Local recoding: every record has levels of its own. A heuristic, held to the same models."""

from kiaim_server.search.local.find import SCHEMES, find_local
from kiaim_server.search.local.settle import classes_kept_as_shown

__all__ = ["SCHEMES", "classes_kept_as_shown", "find_local"]
