"""Bad input on the command line: a clear error, and nothing is left or released."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiaim_server.cli import main
from kiaim_server.pipeline import publish
from tests.acceptance.bad_input import CASES, CONTEXT, MARK, POLICY, TABLE, Case

_EXIT = {"wrong": 2, "refused": 3}


def hand_in(folder: Path, case: Case, *more: str) -> Result:
    """Run ``kiaim anonymize`` on the files of a case."""
    (folder / case.name).write_bytes(case.table)
    (folder / "clumsy.policy.yaml").write_text(case.policy)
    trees = folder / "trees"
    trees.mkdir()
    for column, rows in case.hierarchies.items():
        text = "".join(";".join(row) + "\n" for row in rows)
        (trees / f"hierarchy_{column}.csv").write_text(text)
    command = ["anonymize", str(folder / case.name), "-p", str(folder / "clumsy.policy.yaml")]
    command += ["--hierarchies", str(trees), "-o", str(folder / "out")]
    command += [f"-c{key}={value}" for key, value in CONTEXT.items()]
    return CliRunner().invoke(main, [*command, *more], prog_name="kiaim")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KIAIM_DATA_DIR", str(tmp_path / "data"))
    return tmp_path


def test_the_good_request_is_released(folder: Path) -> None:
    result = hand_in(folder, Case("good", (), "", "work"))
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_bad_input(folder: Path, case: Case) -> None:
    result = hand_in(folder, case, "--json")
    assert result.exit_code == _EXIT[case.ends], result.output
    last = json.loads(result.stdout.splitlines()[-1])
    if case.ends == "wrong":
        assert (last["event"], last["kind"]) == ("error", case.kind)
        text = last["detail"]
        left: set[str] = set()
    else:
        assert last["decision"]["verdict"] == "refuse"
        text = " ".join(last["decision"]["reasons"])
        left = {"report.html", "report.json"}
    words = [word.replace("policy.yaml", "clumsy.policy.yaml") for word in case.says]
    assert not [word for word in words if word not in text], text
    assert case.gaps or MARK not in result.output
    out = folder / "out"
    assert ({p.name for p in out.iterdir()} if out.exists() else set()) == left
    assert not [p for p in folder.iterdir() if p.name.startswith(".")]
    for name in left:
        assert MARK not in (out / name).read_text()


def test_people_read_the_same_words(folder: Path) -> None:
    """Without ``--json`` the message is one line on standard error."""
    case = next(case for case in CASES if case.id == "name twice")
    result = hand_in(folder, case)
    assert result.exit_code == 2
    told = [line for line in result.stderr.splitlines() if line.startswith("kiaim: ")]
    assert len(told) == 1
    assert "'town'" in told[0]


def test_a_file_of_no_known_type(folder: Path) -> None:
    result = hand_in(folder, Case("doc", (), "", "work", name="patients.docx"))
    assert result.exit_code == 2
    assert "'.docx'" in result.stderr
    assert ".csv" in result.stderr
    assert not (folder / "out").exists()


def test_an_earlier_release_survives_a_wrong_request(folder: Path) -> None:
    """``--force`` replaces a release by a new outcome, never by an error."""
    assert hand_in(folder, Case("good", (), "", "work")).exit_code == 0
    before = {p.name: p.read_bytes() for p in (folder / "out").iterdir()}
    (folder / "patients.csv").write_text(TABLE.replace("ZZTOWN0", "ZZELSEWHERE"))
    again = CliRunner().invoke(
        main,
        [
            "anonymize",
            str(folder / "patients.csv"),
            "-p",
            str(folder / "clumsy.policy.yaml"),
            *("--hierarchies", str(folder / "trees"), "-o", str(folder / "out"), "--force"),
            *(f"-c{key}={value}" for key, value in CONTEXT.items()),
        ],
    )
    assert again.exit_code == 2, again.output
    assert {p.name: p.read_bytes() for p in (folder / "out").iterdir()} == before


def test_commands_on_what_is_not_there(folder: Path) -> None:
    (folder / "p.policy.yaml").write_text(POLICY)
    for command, words in (
        (["anonymize", "no.csv", "-p", "gdpr-baseline", "-o", "out"], ["no.csv"]),
        (["measure", "no.csv", "--qi", "a"], ["no.csv"]),
        (["verify", "no.json", "no.csv"], ["no.json"]),
        (["policy", "show", "no-such"], ["no-such", "gdpr-baseline"]),
        (["hierarchy", "show", "no-such"], ["no-such"]),
    ):
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 2, result.output
        assert not [word for word in words if word not in result.output]


@pytest.mark.parametrize(
    ("out", "data_dir", "why"),
    [
        ("patients.csv/out", "data", "exists"),
        ("out", "patients.csv/data", "Not a directory"),
        ("x" * 300, "data", "too long"),
    ],
)
def test_folders_that_cannot_be(folder: Path, out: str, data_dir: str, why: str) -> None:
    result = hand_in(
        folder,
        Case("good", (), "", "work"),
        *("-o", str(folder / out), "--data-dir", str(folder / data_dir)),
    )
    assert result.exit_code == 2, result.output
    assert why in result.stderr
    assert "choose folders" in result.stderr
    assert not (folder / "out").exists()


def test_a_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise OSError(errno.ENOSPC, f"{MARK} does not fit")

    monkeypatch.setattr(publish, "write_release", fail)
    result = hand_in(folder, Case("good", (), "", "work"))
    assert result.exit_code == 2
    assert os.strerror(errno.ENOSPC) in result.stderr
    assert MARK not in result.output
    assert not (folder / "out").exists()
    assert not [p for p in folder.iterdir() if p.name.startswith(".")]
