"""The command line. Modules import what is heavy inside their commands, so that help is quick."""

from kiaim_server.cli.root import main

__all__ = ["main"]
