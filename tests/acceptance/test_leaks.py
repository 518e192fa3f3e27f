"""Cells that are marked turn up nowhere but where they may: in no report, log, message or database.

Every text cell holds ``ZZMARK`` and its role. The data file may show insensitive and sensitive
ones, and quasi-identifiers at their level; nothing else may show any.
"""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from click.testing import CliRunner

from kiaim_server.cli import main
from kiaim_server.client import Client, ProblemError
from kiaim_server.pipeline import publish

MARK: Final = "ZZMARK"
CONTEXT: Final[Mapping[str, Any]] = {"release.access": "controlled", "release.form": "microdata"}

_PEOPLE: Final = [
    *((f"{MARK}direct{i}", f"{MARK}quasi{i % 2}", "fgh"[i % 3], i) for i in range(12)),
    (f"{MARK}direct12", f"{MARK}loner", "f", 12),
]
TABLE: Final = "name,town,diagnosis,remark\n" + "".join(
    f"{name},{town},{MARK}sensitive{said},{MARK}remark{n}\n" for name, town, said, n in _PEOPLE
)
TREES: Final = {
    "town": [
        [f"{MARK}quasi0", f"{MARK}district", "*"],
        [f"{MARK}quasi1", f"{MARK}district", "*"],
        [f"{MARK}loner", "far away", "*"],
    ]
}

POLICY: Final = """schema: kiaim/policy/v1
policy: marked
version: "1.0.0"
title: What a table of marked cells is released under
effective: {from: "2026-01-01", review_by: "2099-01-01"}
sources:
  house: {cite: "House rule", kind: convention}
classify:
  - {id: names, names: [name], as: direct, because: Names a person., cite: house}
  - {id: known, names: [town], as: quasi, because: Neighbours know it., cite: house}
  - {id: secret, names: [diagnosis], as: sensitive, because: To be hidden., cite: house}
  - {id: rest, names: [remark], as: insensitive, because: Says nothing., cite: house}
rules:
  - id: no-names
    transform:
      - {columns: "column.name = 'name'", apply: pseudonymise}
    because: Records are to be told apart.
    cite: house
  - id: crowd
    require:
      - k-anonymity: {at_least: 7}
      - suppressed-records: {at_most: 10%}
      - t-closeness: {variant: ordered, order: lexical, at_most: 0.9}
    because: A single record can be singled out.
    cite: house
output: {suppressed: star}
"""

#: Plugins that quote cells in what they raise; each is used by a policy of its own.
ROGUES: Final = """
from dataclasses import dataclass
from fractions import Fraction

import marshmallow as ma

from kiaim_server.hooks import hookimpl
from kiaim_server.model.bounds import share
from kiaim_server.model.contract import LossMeasure, PrivacyModel, Transform

kiaim_api = 1


class Talk(Transform):
    name = "talk"
    summary = "Fails with a cell."
    strictness = 1
    action = "talk"

    def fit(self, values, context):
        raise ValueError(f"cannot map {values[0].as_py()}")


@dataclass(frozen=True)
class Gossip(PrivacyModel):
    name = "gossip"
    summary = "Fails with a cell when it measures."

    class Parameters(ma.Schema):
        at_least = share(required=True)

    at_least: Fraction

    def failing(self, classes):
        return classes.sizes < 0

    def measure(self, classes):
        raise ValueError("ZZMARKloner is alone")


class Blab(LossMeasure):
    name = "blab"
    summary = "Fails with a label of the hierarchy."

    def costs(self, hierarchy, level, frequencies):
        raise ValueError(f"{hierarchy.labels[0][-1]} costs too much")

    def score(self, totals, hierarchies, n_records):
        return 0.0

    def per_attribute(self, totals, hierarchies, n_records):
        return (0.0,) * len(hierarchies)


@hookimpl
def kiaim_register_transforms():
    return [Talk]


@hookimpl
def kiaim_register_privacy_models():
    return [Gossip]


@hookimpl
def kiaim_register_loss_measures():
    return [Blab]
"""


def changed(old: str, new: str) -> str:
    assert old in POLICY
    return POLICY.replace(old, new)


def on_remarks(transform: str) -> str:
    """The policy with a transform of the insensitive column."""
    more = f"      - {{columns: \"column.name = 'remark'\", apply: {transform}}}\n"
    return changed("apply: pseudonymise}\n", "apply: pseudonymise}\n" + more)


_MODELS: Final = "    because: A single record"

#: Name -> policy, how the request ends, and a word that says why.
REQUESTS: Final = {
    "released": (POLICY, "done", ""),
    "released as a table that drops": (changed("star}", "drop}"), "done", ""),
    "refused, too few": (changed("at_least: 7", "at_least: 70"), "refused", "at least 70 records"),
    "nobody suppressed": (changed("at_most: 10%", "at_most: 0%"), "done", ""),
    "refused, no role": (changed("names: [remark]", "names: [other]"), "refused", "'remark'"),
    "refused, measure fails": (
        changed(_MODELS, "      - gossip: {at_least: 10%}\n" + _MODELS),
        "refused",
        "gossip",
    ),
    "wrong order": (changed("order: lexical", "order: [a, b]"), "failed", "'diagnosis'"),
    "numbers of texts": (changed("order: lexical", "order: numeric"), "failed", "'diagnosis'"),
    "rounded texts": (on_remarks("round, to: 10"), "failed", "'remark'"),
    "transform fails": (on_remarks("talk"), "failed", "'talk'"),
    "loss fails": (POLICY + "objective: {loss: blab}\n", "failed", "'blab'"),
}

#: Refused, but not before there was something to search.
EXPLORED: Final = ("refused, too few", "refused, measure fails")

BROKEN_TABLES: Final = {
    "a long row": TABLE + f"{MARK}a,{MARK}b,c,d,{MARK}e\n",
    "an open quote": TABLE + f'{MARK}a,"{MARK}b\n',
    "no header": "\n".join(TABLE.splitlines()[1:]) + "\n" + f"{MARK}x\n",
    "a control sign": TABLE + f"{MARK}\x00a,b,c,d\n",
}


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plugins")
    (folder / "rogues.py").write_text(ROGUES)
    return folder


def may_show(data: str) -> None:
    """What a released file may show: no name, and nothing of the one who was suppressed."""
    assert f"{MARK}direct" not in data
    assert f"{MARK}loner" not in data
    assert f"{MARK}remark" in data


# --- the command line -------------------------------------------------------------------------


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
def test_the_command_line(
    tmp_path: Path,
    plugins: Path,
    caplog: pytest.LogCaptureFixture,
    request_: str,
    as_json: bool,
) -> None:
    caplog.set_level(logging.DEBUG)
    policy, ends, why = REQUESTS[request_]
    result = _anonymize(tmp_path, plugins, TABLE, policy, as_json)
    assert result.exit_code == {"done": 0, "refused": 3, "failed": 2}[ends], result.output
    assert why in result.output
    assert MARK not in result.output + caplog.text
    out = tmp_path / "out"
    for path in out.iterdir() if out.exists() else ():
        if path.name == "data.csv":
            may_show(path.read_text())
        else:
            assert MARK not in path.read_text(), path.name


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_plans_and_their_plots(
    tmp_path: Path, plugins: Path, caplog: pytest.LogCaptureFixture, request_: str
) -> None:
    """They end as the releases would, and nothing but a table may show anything at all."""
    caplog.set_level(logging.DEBUG)
    policy, ends, why = REQUESTS[request_]
    command = ["plan", "--explore", "-o", str(tmp_path / "out.html")]
    for extra in ([], ["--json"]):
        (tmp_path / "out.html").unlink(missing_ok=True)
        result = _run(tmp_path, plugins, TABLE, policy, [*command, *extra])
        assert result.exit_code == {"done": 0, "refused": 3, "failed": 2}[ends], result.output
        assert why in result.output
        assert MARK not in result.output + caplog.text
    page = tmp_path / "out.html"
    assert page.exists() == (ends != "failed")
    if page.exists():
        assert MARK not in page.read_text()
        assert ("<svg" in page.read_text()) == (ends == "done" or request_ in EXPLORED)


@pytest.mark.parametrize("table", BROKEN_TABLES, ids=str)
def test_the_command_line_on_broken_tables(
    tmp_path: Path, plugins: Path, caplog: pytest.LogCaptureFixture, table: str
) -> None:
    caplog.set_level(logging.DEBUG)
    result = _anonymize(tmp_path, plugins, BROKEN_TABLES[table], POLICY, False)
    assert result.exit_code in (2, 3), result.output
    assert MARK not in result.output + caplog.text


def test_a_defect_on_the_command_line(
    tmp_path: Path,
    plugins: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is no fault of the input, such as a full disk, is told by its type alone."""
    caplog.set_level(logging.DEBUG)

    def fail(*_: object) -> int:
        raise OSError(f"no space for {MARK}direct0")

    monkeypatch.setattr(publish, "write_release", fail)
    result = _anonymize(tmp_path, plugins, TABLE, POLICY, False)
    assert result.exit_code == 1
    assert "OSError" in result.output
    assert MARK not in result.output + caplog.text
    assert not (tmp_path / "out").exists()


def test_measures_of_the_command_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    path = tmp_path / "p.csv"
    path.write_text(TABLE)
    for extra in ([], ["--json"]):
        command = ["measure", str(path), "--qi", "town", "--sensitive", "diagnosis", *extra]
        result = CliRunner().invoke(main, [*command, "--data-dir", str(tmp_path / "data")])
        assert result.exit_code == 0, result.output
        assert MARK not in result.output + caplog.text


def _anonymize(folder: Path, plugins: Path, table: str, policy: str, as_json: bool) -> Any:
    command = ["anonymize", "-o", str(folder / "out"), *(["--json"] if as_json else [])]
    return _run(folder, plugins, table, policy, command)


def _run(folder: Path, plugins: Path, table: str, policy: str, command: list[str]) -> Any:
    (folder / "p.csv").write_text(table)
    (folder / "marked.policy.yaml").write_text(policy)
    (folder / "trees").mkdir(exist_ok=True)
    for column, rows in TREES.items():
        text = "".join(";".join(row) + "\n" for row in rows)
        (folder / "trees" / f"hierarchy_{column}.csv").write_text(text)
    command = [*command, str(folder / "p.csv"), "-p", str(folder / "marked.policy.yaml")]
    command += ["--hierarchies", str(folder / "trees")]
    command += [f"-c{key}={value}" for key, value in CONTEXT.items()]
    command += ["--data-dir", str(folder / "data"), "--plugins-dir", str(plugins)]
    return CliRunner().invoke(main, command)


# --- the server -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def serving(
    tmp_path_factory: pytest.TempPathFactory, plugins: Path
) -> Iterator[tuple[str, Path, Path]]:
    """A server in a process of its own: its address, data folder, and all that it prints."""
    folder = tmp_path_factory.mktemp("served")
    log = folder / "log"
    command = [sys.executable, "-m", "kiaim_server.cli", "serve", "--port", "0", "--json"]
    command += ["--workers", "1", "--data-dir", str(folder / "data")]
    command += ["--plugins-dir", str(plugins)]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with (
        log.open("w") as file,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=file, text=True, env=environment
        ) as process,
    ):
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        yield url, folder / "data", log
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
        assert process.wait(timeout=20) == 0
        assert MARK not in rest


@pytest.mark.slow
def test_the_server(serving: tuple[str, Path, Path], tmp_path: Path) -> None:
    """All requests one after the other, then everything that the server keeps and prints."""
    url, folder, log = serving
    path = tmp_path / "p.csv"
    path.write_text(TABLE)
    with Client(url, seconds=60) as client:
        for table in BROKEN_TABLES.values():
            broken = tmp_path / "broken.csv"
            broken.write_text(table)
            with pytest.raises(ProblemError) as caught:
                client.upload(broken)
            assert 400 <= caught.value.http_status < 500
            assert MARK not in str(caught.value.problem)
        dataset = client.upload(path)
        assert MARK not in str(dataset)
        assert MARK not in str(client.measure(dataset.id, ["town"], ["diagnosis"]))
        for name in REQUESTS:
            _request(client, dataset.id, name)
        for address in ("/v1/jobs", "/v1/datasets", "/v1/plugins"):
            assert MARK not in httpx.get(url + address).text
    printed = log.read_text()
    assert MARK not in printed
    _search_database(folder)


def _request(client: Client, dataset: str, name: str) -> None:
    policy, ends, why = REQUESTS[name]
    seen: list[Any] = []
    job = client.submit(dataset, policy_text=policy, context=CONTEXT, hierarchies={"inline": TREES})
    job = client.wait(job.id, seen.append, seconds=60, pause=0.02)
    assert job.state == ends, (name, job)
    told = str(job.decision if job.error is None else job.error["detail"])
    assert why in told, (name, told)
    assert MARK not in str(seen)
    if job.error is not None:
        assert 400 <= job.error["status"] < 500, (name, job.error)
    for artifact, path in job.artifacts.items():
        text = httpx.get(client.url + path).text
        if artifact == "data":
            may_show(text)
        else:
            assert MARK not in text, (name, artifact)


def _search_database(folder: Path) -> None:
    """The database and its journal, and every file that is not a table, a job or a key."""
    files = [p for p in folder.iterdir() if p.is_file()]
    assert any(re.search(r"\.(db|sqlite3?)$", p.name) for p in files), files
    for file in files:
        assert MARK.encode() not in file.read_bytes(), file.name
