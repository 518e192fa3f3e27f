"""A worker whose jobs do what their context says: to kill, to cancel and to count.

Run as ``python -m tests.jobs.workload --data-dir DIR``.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kiaim_server.errors import DataError
from kiaim_server.jobs.child import Task
from kiaim_server.jobs.installation import Installation
from kiaim_server.jobs.worker import Worker
from kiaim_server.model.progress import Monitor


def work(task: Task, monitor: Monitor) -> Mapping[str, Any]:
    """Do what ``context["do"]`` says."""
    context = task.request.context
    log = Path(context["log"])
    with log.open("a") as file:
        file.write(f"{os.getpid()}\n")
    monitor.report("working", 0.5, best_loss=0.25)
    action = context["do"]
    if action == "crash-once" and len(log.read_text().split()) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    if action == "crash":
        os.kill(os.getpid(), signal.SIGKILL)
    if action == "wait-once" and len(log.read_text().split()) == 1:
        time.sleep(600)
    if action == "sleep":
        time.sleep(600)
    if action == "spawn":
        sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        with log.open("a") as file:
            file.write(f"{sleeper.pid}\n")
        time.sleep(600)
    if action == "wrong":
        raise DataError("t.csv: line 3 has 2 cells", line=3)
    if action == "defect":
        raise ValueError("secret-cell-value")
    task.staging.mkdir()
    released = action != "refuse"
    (task.staging / "report.json").write_text("{}")
    files = {"report.json": "report.json"}
    if released:
        (task.staging / "data.csv").write_text(f"{os.getpid()}\n")
        files["data"] = "data.csv"
    verdict = "release" if released else "refuse"
    return {
        "permitted": released,
        "decision": {"verdict": verdict, "reasons": [], "advice": []},
        "files": files,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir", type=Path, required=True)
    worker = Worker(Installation(parser.parse_args().data_dir), work)
    signal.signal(signal.SIGTERM, worker.stop)
    worker.run()
