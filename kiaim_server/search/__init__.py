"""The search for the node with the least information loss: exact, deterministic."""

from kiaim_server.search.optimum import find_optimum
from kiaim_server.search.relax import diagnose

__all__ = ["diagnose", "find_optimum"]
