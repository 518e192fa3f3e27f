"""Hook specifications and the host that finds and calls plugins."""

from kiaim_server.hooks.spec import hookimpl

__all__ = ["hookimpl"]
