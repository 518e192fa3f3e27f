"""The small table and policy as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiaim_server.cli import main
from tests import desk

Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with patients.csv, clinic-test.policy.yaml and trees/; the current one."""
    (tmp_path / "patients.csv").write_text(desk.PATIENTS)
    (tmp_path / "clinic-test.policy.yaml").write_text(desk.POLICY)
    trees = tmp_path / "trees"
    trees.mkdir()
    for column, rows in desk.HIERARCHIES.items():
        text = "".join(";".join(row) + "\n" for row in rows)
        (trees / f"hierarchy_{column}.csv").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KIAIM_DATA_DIR", str(tmp_path / "data"))
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Run:
    """Run ``kiaim`` with arguments in the folder."""

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, prog_name="kiaim")

    return invoke
