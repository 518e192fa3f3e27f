"""The search for the node with the least loss: exact, deterministic, any-time under a budget."""

from kiaim_server.search.evaluate import classes_kept
from kiaim_server.search.explore import explore_k, explore_suppression
from kiaim_server.search.optimum import find_optimum
from kiaim_server.search.relax import diagnose

__all__ = ["classes_kept", "diagnose", "explore_k", "explore_suppression", "find_optimum"]
