"""Same input, policy and seed: the same bytes and manifest, apart from time and signature."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kiaim_server.hierarchy import HierarchySource
from kiaim_server.pipeline import Outcome, Workbench
from tests.acceptance.journey import run
from tests.acceptance.people import CONTEXT, TABLE, TREES, policy


def once(
    folder: Path, number: int, mode: str, format: str, name: str, *, keys: str = "keys", **more: Any
) -> Outcome:
    """Release the table, with plugins and keys loaded anew."""
    table = folder / f"people{number}.csv"  # what the file is called does not matter
    table.write_text(TABLE)
    rules = folder / "honest.policy.yaml"
    demand = "- t-closeness: {variant: equal, at_most: 0.5}"
    rules.write_text(policy(name, demand, mode=mode))
    outcome = run(
        table,
        rules,
        folder / f"out{number}",
        context=CONTEXT,
        hierarchies=HierarchySource(inline=TREES),
        workbench=Workbench.open(folder / keys),
        format=format,
        **more,
    )
    assert outcome.decision.verdict == "release", outcome.decision.reasons
    return outcome


def promises(manifest: Path) -> str:
    """The manifest's text without time and signature."""
    found = json.loads(manifest.read_bytes())
    for key in ("created", "signature"):
        del found[key]
    return json.dumps(found, ensure_ascii=False)


@pytest.mark.parametrize("name", ["remove", "pseudonymise"])
@pytest.mark.parametrize("format", ["csv", "parquet"])
@pytest.mark.parametrize("mode", ["star", "drop"])
def test_two_runs_are_equal(tmp_path: Path, mode: str, format: str, name: str) -> None:
    first, second = (once(tmp_path, n, mode, format, name) for n in (1, 2))
    assert first.files["data"].read_bytes() == second.files["data"].read_bytes()
    assert promises(first.files["manifest"]) == promises(second.files["manifest"])
    assert first.report["decision"] == second.report["decision"]
    text = first.files["manifest"].read_text()
    assert str(tmp_path) not in text
    assert "people1" not in text


def test_keys_change_pseudonyms_and_signature_alone(tmp_path: Path) -> None:
    one = once(tmp_path, 1, "drop", "csv", "remove")
    two = once(tmp_path, 2, "drop", "csv", "remove", keys="others")
    assert one.files["data"].read_bytes() == two.files["data"].read_bytes()
    assert promises(one.files["manifest"]) == promises(two.files["manifest"])
    three = once(tmp_path, 3, "drop", "csv", "pseudonymise")
    four = once(tmp_path, 4, "drop", "csv", "pseudonymise", keys="others")
    columns = [
        [line.split(",") for line in outcome.files["data"].read_text().splitlines()[1:]]
        for outcome in (three, four)
    ]
    names, others = ({row[0] for row in rows} for rows in columns)
    assert not names & others
    assert [row[1:] for row in columns[0]] == [row[1:] for row in columns[1]]


def test_the_seed_is_on_record(tmp_path: Path) -> None:
    one, two = (once(tmp_path, n, "drop", "csv", "remove", seed=n) for n in (1, 2))
    assert promises(one.files["manifest"]) != promises(two.files["manifest"])
    texts = [promises(o.files["manifest"]).replace('"seed": 2', '"seed": 1') for o in (one, two)]
    assert texts[0] == texts[1]


@pytest.mark.slow
def test_processes_with_other_hash_seeds_and_folders_agree(tmp_path: Path) -> None:
    """Nothing may depend on the order of sets, on the time zone, or on where things lie."""
    seen = []
    for number, zone in (("1", "UTC"), ("2", "Pacific/Auckland")):
        folder = tmp_path / number
        (folder / "trees").mkdir(parents=True)
        (folder / "p.csv").write_text(TABLE)
        (folder / "honest.policy.yaml").write_text(policy("pseudonymise", mode="star"))
        for column, rows in TREES.items():
            text = "".join(";".join(row) + "\n" for row in rows)
            (folder / "trees" / f"hierarchy_{column}.csv").write_text(text)
        command = [sys.executable, "-m", "kiaim_server.cli", "anonymize", "p.csv"]
        command += ["-p", "honest.policy.yaml", "--hierarchies", "trees", "-o", "out"]
        command += [f"-c{key}={value}" for key, value in CONTEXT.items()]
        command += ["--data-dir", str(tmp_path / "keys")]
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | {"PYTHONHASHSEED": number, "TZ": zone, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        out = folder / "out"
        seen.append(((out / "data.csv").read_bytes(), promises(out / "manifest.json")))
    assert seen[0] == seen[1]
