"""``python -m kiaim_server.jobs.main``: one worker process."""

from __future__ import annotations

import argparse
import logging
import signal
from collections.abc import Sequence
from pathlib import Path

from kiaim_server.jobs.installation import Installation
from kiaim_server.jobs.work import preload, work
from kiaim_server.jobs.worker import Worker


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a worker until SIGTERM, or until the process that started it is gone."""
    parser = argparse.ArgumentParser(description="A worker of the KI-AIM anonymization server.")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--plugins-dir", type=Path)
    parser.add_argument("--policies-dir", type=Path)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    installation = Installation(options.data_dir, options.plugins_dir, options.policies_dir)
    worker = Worker(installation, work)
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    preload()
    worker.run()


if __name__ == "__main__":
    main()
