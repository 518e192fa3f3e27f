"""``kiaim policy lock``: what it prints, writes, and how it exits."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run

FILE = "clinic-test.policy.yaml"


def published(folder: Path) -> None:
    path = folder / FILE
    path.write_text(path.read_text().replace("status: draft", "status: active"))


def test_a_policy_is_locked_once(run: Run, folder: Path) -> None:
    published(folder)
    assert run("policy", "lock", FILE, "--check").exit_code == 3
    assert not (folder / "policies.lock").exists()
    first = run("policy", "lock", FILE)
    assert (first.exit_code, first.output) == (0, "clinic-test 1.0.0 locked\n")
    again = run("policy", "lock")
    assert (again.exit_code, again.output) == (0, "clinic-test 1.0.0 is locked already\n")
    assert run("policy", "lock", FILE, "--check").exit_code == 0
    assert run("policy", "lint", FILE).exit_code == 0


def test_a_change_is_refused_until_the_version_grows(run: Run, folder: Path) -> None:
    published(folder)
    run("policy", "lock", FILE)
    before = (folder / "policies.lock").read_bytes()
    path = folder / FILE
    path.write_text(path.read_text().replace("at_most: 50%", "at_most: 60%"))
    for command in (["lock", FILE], ["lock", FILE, "--check"], ["lint", FILE]):
        result = run("policy", *command)
        assert result.exit_code == 2, result.output
        assert f"{FILE}:3:10: P206 version 1.0.0" in result.output
    assert (folder / "policies.lock").read_bytes() == before
    path.write_text(path.read_text().replace('version: "1.0.0"', 'version: "2.0.0"'))
    found = json.loads(run("policy", "lock", "--check", "--json").stdout)
    entry = {"file": FILE, "name": "clinic-test", "version": "2.0.0"}
    assert found == {"ok": False, "policies": [{**entry, "state": "missing", "faults": []}]}
    assert run("policy", "lock", "--policies-dir", ".").exit_code == 0
    assert run("policy", "lint", FILE).exit_code == 0


def test_drafts_and_empty_folders(run: Run, folder: Path) -> None:
    draft = run("policy", "lock", FILE)
    assert (draft.exit_code, draft.output) == (
        0,
        "clinic-test 1.0.0 is a draft, so it is not locked\n",
    )
    (folder / "none").mkdir()
    empty = run("policy", "lock", "--policies-dir", "none")
    assert empty.exit_code == 2
    assert "there is no *.policy.yaml in none" in " ".join(empty.output.split())
