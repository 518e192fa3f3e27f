"""``python -m kiaim_server.cli`` is ``kiaim``."""

from kiaim_server.cli.root import main

main()
