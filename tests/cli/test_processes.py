"""Commands as processes: the demo, and a server that is stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kiaim_server.client import Client
from kiaim_server.demo import adult_table

pytestmark = pytest.mark.slow

FACTS = {
    "release.regime": "gdpr",
    "release.access": "controlled",
    "release.form": "microdata",
    "legal.art9": "j",
}

KIAIM = (sys.executable, "-m", "kiaim_server.cli")


def descendants(pid: int) -> set[int]:
    """Processes below `pid`, of which a session of their own may hide some from the terminal."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found: set[int] = set()
    pending = [pid]
    while pending:
        for child in children.get(pending.pop(), ()):
            found.add(child)
            pending.append(child)
    return found


def test_demo_releases_and_verifies(tmp_path: Path) -> None:
    result = subprocess.run(
        [*KIAIM, "demo", "-o", "result"], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stdout + result.stderr
    for words in ("RELEASED", "k-anonymity", "Information loss", "Suppressed", "VERIFIED"):
        assert words in result.stdout
    assert {p.name for p in (tmp_path / "result").iterdir()} == {
        "data.csv",
        "report.html",
        "report.json",
        "manifest.json",
    }


def test_a_server_says_where_it_listens_and_stops_with_all_its_processes(tmp_path: Path) -> None:
    command = [*KIAIM, "serve", "--port", "0", "--data-dir", str(tmp_path / "d"), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        with Client(first["url"]) as client:
            assert client.get("/healthz")["status"] == "ok"
        below = descendants(process.pid)
        assert len(below) >= 3  # two workers and the process that reads uploads
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline and any(map(_is_alive, below)):
        time.sleep(0.02)
    assert not [pid for pid in below if _is_alive(pid)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_release_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    command = [*KIAIM, "anonymize", str(adult_table()), "-p", "gdpr-baseline", "-o", "out"]
    facts = [f"-c{key}={value}" for key, value in FACTS.items()]
    command += [*facts, "--data-dir", "data", "--json"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line).get("step") == "encode":
                break
        assert any(p.name.startswith(".out-") for p in tmp_path.iterdir())
        process.send_signal(number)
        assert process.wait(timeout=15) == 130
    assert [p.name for p in tmp_path.iterdir()] == ["data"]


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z" and os.path.exists(f"/proc/{pid}")
