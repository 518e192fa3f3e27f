"""The search for the node with the least information loss: exact, deterministic."""

from kiaim_server.search.optimum import find_optimum

__all__ = ["find_optimum"]
