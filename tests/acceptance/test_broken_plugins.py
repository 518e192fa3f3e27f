"""Plugins that lie or break, on the command line: exit code, reason, and which files are left."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from kiaim_server.cli import main
from kiaim_server.pipeline import publish
from tests.acceptance.people import CONTEXT, PEOPLE, TABLE, TREES, policy
from tests.acceptance.sabotage import (
    Writer,
    a_column_more,
    a_record_less,
    one_cell_swapped,
    original_values,
    without_suppression,
)

TRANSFORM: Final = """
import pyarrow as pa
from kiaim_server.hooks import hookimpl
from kiaim_server.model.contract import Transform
kiaim_api = 1

class Blur(Transform):
    name = "blur"
    summary = "Says that it blurs."
    strictness = 2
    action = "generalise"
    def fit(self, values, context):
        return lambda batch: RESULT

@hookimpl
def kiaim_register_transforms():
    return [Blur]
"""

READER: Final = """
import pyarrow as pa
from kiaim_server.hooks import hookimpl
from kiaim_server.model.contract import Reader
kiaim_api = 1

class Odd(Reader):
    name = "odd"
    summary = "Reads what it likes."
    suffixes = (".odd",)
    media_types = ("application/odd",)
    def read(self, path, name):
        header, *rows = [line.split(",") for line in path.read_text().splitlines()]
        columns = [pa.array(values) for values in zip(*rows)]
        table = pa.table(dict(zip(header, columns)))
        return RESULT

@hookimpl
def kiaim_register_readers():
    return [Odd]
"""

BLURRED: Final = policy().replace(
    "apply: remove}\n",
    "apply: remove}\n      - {columns: \"column.role = 'quasi'\", apply: blur}\n",
)


@dataclass(frozen=True)
class Ending:
    """How a run ended: exit code, last event, and the output folder's files."""

    code: int
    last: dict[str, Any]
    text: str
    out: Path

    @property
    def left(self) -> list[str]:
        return sorted(p.name for p in self.out.iterdir()) if self.out.exists() else []


REPORTS: Final = ["report.html", "report.json"]


def attempt(
    folder: Path, *, rules: str | None = None, plugin: str = "", file: str = "people.csv"
) -> Ending:
    """Run ``kiaim anonymize`` with a folder of plugins."""
    (folder / file).write_text(TABLE)
    (folder / "honest.policy.yaml").write_text(policy() if rules is None else rules)
    for name in ("trees", "plugins"):
        (folder / name).mkdir()
    for column, rows in TREES.items():
        text = "".join(";".join(row) + "\n" for row in rows)
        (folder / "trees" / f"hierarchy_{column}.csv").write_text(text)
    if plugin:
        (folder / "plugins" / "rogue.py").write_text(plugin)
    command = ["anonymize", str(folder / file), "-p", str(folder / "honest.policy.yaml")]
    command += ["--hierarchies", str(folder / "trees"), "-o", str(folder / "out"), "--json"]
    command += ["--data-dir", str(folder / "data"), "--plugins-dir", str(folder / "plugins")]
    command += [f"-c{key}={value}" for key, value in CONTEXT.items()]
    result = CliRunner().invoke(main, command)
    last = json.loads(result.stdout.splitlines()[-1])
    assert not [p for p in folder.iterdir() if p.name.startswith(".")]
    return Ending(result.exit_code, last, result.output, folder / "out")


@pytest.mark.parametrize(
    "writer",
    [original_values, without_suppression, one_cell_swapped, a_column_more, a_record_less],
    ids=lambda writer: writer.__name__,
)
def test_a_lying_writer_ends_with_3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: Writer
) -> None:
    monkeypatch.setattr(publish, "write_release", writer)
    ending = attempt(tmp_path)
    assert ending.code == 3, ending.text
    assert ending.last["decision"]["verdict"] == "refuse"
    assert ending.last["decision"]["reasons"]
    assert ending.left == REPORTS


@pytest.mark.parametrize("result", ["batch", "batch.take(pa.array(range(len(batch)))[::-1])"])
def test_a_quasi_identifier_that_is_not_blurred_is_generalized_all_the_same(
    tmp_path: Path, result: str
) -> None:
    """What a transform leaves undone, or shuffles, the search has to do: k holds in the file."""
    ending = attempt(tmp_path, rules=BLURRED, plugin=TRANSFORM.replace("RESULT", result))
    assert ending.code == 0, ending.text
    rows = [line.split(",")[:2] for line in (ending.out / "data.csv").read_text().splitlines()[1:]]
    assert min(rows.count(row) for row in rows) >= 4
    manifest = json.loads((ending.out / "manifest.json").read_text())
    assert "rogue" in [plugin["name"] for plugin in manifest["plugins"]]


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ("batch.slice(1)", "one value per record"),
        ("batch.to_pylist()", "one value per record"),
        ("1 / 0", "ZeroDivisionError"),
        ("pa.array(['*'] * len(batch))", "'*'"),
    ],
)
def test_a_transform_that_breaks_its_contract(tmp_path: Path, result: str, said: str) -> None:
    ending = attempt(tmp_path, rules=BLURRED, plugin=TRANSFORM.replace("RESULT", result))
    assert ending.code == 2, ending.text
    assert said in ending.last["detail"]
    assert "'town'" in ending.last["detail"]
    assert ending.left == []


def test_a_reader_that_leaves_records_out_is_on_record(tmp_path: Path) -> None:
    """A reader says what the table is; the clauses hold all the same, and the manifest names it."""
    ending = attempt(tmp_path, plugin=READER.replace("RESULT", "table.slice(1)"), file="people.odd")
    assert ending.code == 0, ending.text
    manifest = json.loads((ending.out / "manifest.json").read_text())
    assert manifest["input"]["records"] == len(PEOPLE) - 1
    assert "rogue" in [plugin["name"] for plugin in manifest["plugins"]]
    assert all(clause["met"] for clause in manifest["clauses"])


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ("table.slice(0, 0)", "no records"),
        ("pa.table({})", "no columns"),
        ("table.rename_columns(['town', 'town', 'age', 'diagnosis'])", "'town'"),
        ("table.rename_columns(['', 'town', 'age', 'diagnosis'])", "no name"),
        ("table.set_column(1, 'town', pa.array([[1]] * len(table)))", "'town'"),
        ("None", "'odd'"),
        ("table.column('nowhere')", "'odd'"),
    ],
)
def test_a_reader_that_returns_no_usable_table(tmp_path: Path, result: str, said: str) -> None:
    ending = attempt(tmp_path, plugin=READER.replace("RESULT", result), file="people.odd")
    assert ending.code == 2, ending.text
    assert "people.odd" in ending.last["detail"]
    assert said in ending.last["detail"]
    assert ending.left == []


def test_a_reader_that_takes_the_place_of_the_bundled_one(tmp_path: Path) -> None:
    """Neither by its name nor by its file ending: then no file of that kind is read at all."""
    for number, old in enumerate(('"odd"', '".odd"')):
        folder = tmp_path / str(number)
        folder.mkdir()
        taken = old.replace("odd", "csv")
        plugin = READER.replace("RESULT", "table.slice(1)").replace('".odd"', '".csv"')
        ending = attempt(folder, plugin=plugin.replace(old, taken))
        assert ending.code == 2, ending.text
        assert "'csv'" in ending.last["detail"]
        assert ending.left == []


def test_a_plugin_that_is_not_needed_may_be_broken(tmp_path: Path) -> None:
    """It is listed with its reason, and the release goes on without it."""
    ending = attempt(tmp_path, plugin="import a_module_that_is_not_there")
    assert ending.code == 0, ending.text
    command = ["plugin", "list", "--json", "--plugins-dir", str(tmp_path / "plugins")]
    listed = CliRunner().invoke(main, command)
    assert "rogue" in listed.output
    assert "a_module_that_is_not_there" in listed.output


def test_a_plugin_that_does_not_load_is_named_where_it_is_needed(tmp_path: Path) -> None:
    ending = attempt(tmp_path, rules=BLURRED, plugin="import a_module_that_is_not_there")
    assert ending.code == 2, ending.text
    assert "blur" in ending.last["detail"]
    assert "rogue" in ending.last["detail"]
    assert "a_module_that_is_not_there" in ending.last["detail"]
    assert ending.left == []
