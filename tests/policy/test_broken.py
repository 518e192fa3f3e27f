"""Every broken policy is told at its place with the mend, at once, and none runs.

`tests/policy/broken` has small ones, one fault each, with what is expected in ``expected.txt``;
`tests/policy/hostile.py` makes large ones and those of odd bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from kiaim_server.cli import main
from kiaim_server.errors import PolicyError
from kiaim_server.hierarchy.shipped import shipped_names
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.diagnostic import Diagnostic
from kiaim_server.pipeline import ReleaseRequest, Workbench, release
from kiaim_server.policy import PolicyLibrary, lint_file
from kiaim_server.policy.editing import policy_schema
from kiaim_server.policy.source import plain, read_file
from tests.policy.hostile import Hostile, hostile

FOLDER = Path(__file__).with_name("broken")
HOSTILE = list(hostile())


@dataclass(frozen=True)
class Broken:
    """A file of the folder, its fault, and whether editors see it by the JSON Schema."""

    name: str
    code: str
    line: int
    column: int
    by_schema: bool
    words: str

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.policy.yaml"


def read_expected() -> list[Broken]:
    lines = (FOLDER / "expected.txt").read_text(encoding="utf-8").splitlines()[1:]
    found = []
    for text in lines:
        name, code, place, finder, words = text.split(" | ", 4)
        line, column = map(int, place.split(":"))
        found.append(Broken(name, code, line, column, finder == "schema", words))
    return found


BROKEN = read_expected()


@pytest.fixture(scope="module")
def library() -> PolicyLibrary:
    return PolicyLibrary.load(PluginHost.load())


@pytest.fixture(scope="module")
def schema(library: PolicyLibrary) -> Any:
    return jsonschema.Draft7Validator(policy_schema(library.host, shipped_names()))


def test_the_corpus_is_whole() -> None:
    files = {path.name.removesuffix(".policy.yaml") for path in FOLDER.glob("*.policy.yaml")}
    assert files == {broken.name for broken in BROKEN}
    assert len(BROKEN) + len(HOSTILE) >= 200


def assert_told(found: tuple[Diagnostic, ...], expected: Broken | Hostile) -> None:
    place = (expected.code, expected.line, expected.column)
    told = [d for d in found if (d.code, d.line, d.column) == place]
    assert any(expected.words in d.message for d in told), "\n".join(map(str, found[:20]))
    assert all(len(d.message) < 1000 for d in found)


@pytest.mark.timeout(20)  # a few milliseconds each on an idle machine
@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_a_fault_is_told_at_its_place_and_the_policy_cannot_be_had(
    broken: Broken, library: PolicyLibrary
) -> None:
    with pytest.raises(PolicyError) as caught:
        library.get(broken.path)
    assert_told(caught.value.diagnostics, broken)
    assert caught.value.diagnostics == lint_file(broken.path, library)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_editors_see_what_is_of_structure(broken: Broken, schema: Any) -> None:
    root = read_file(broken.path).root
    assert (root is not None and not schema.is_valid(plain(root))) == broken.by_schema


@pytest.mark.timeout(20)  # well below a second each on an idle machine
@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.name)
def test_a_hostile_file_is_told_at_once(
    case: Hostile, library: PolicyLibrary, tmp_path: Path
) -> None:
    file = tmp_path / "hostile.policy.yaml"
    file.write_bytes(case.content)
    with pytest.raises(PolicyError) as caught:
        library.get(file)
    assert_told(caught.value.diagnostics, case)
    assert len(caught.value.diagnostics) <= 1001


class _Silent:
    """A monitor that fails the test as soon as anything is done with the table."""

    def report(self, step: str, share: float | None = None, **facts: object) -> None:
        assert step in ("read", "profile", "policy"), step


def test_none_of_them_runs_or_leaves_anything(tmp_path: Path) -> None:
    data = tmp_path / "people.csv"
    data.write_text("age,name\n34,Ada\n35,Bob\n")
    bench = Workbench.open(tmp_path / "keys")
    paths = [broken.path for broken in BROKEN]
    for case in HOSTILE:
        paths.append(tmp_path / case.name / "hostile.policy.yaml")
        paths[-1].parent.mkdir()
        paths[-1].write_bytes(case.content)
    out = tmp_path / "out"
    before = sorted(tmp_path.rglob("*"))
    for path in paths:
        request = ReleaseRequest(data, data.name, path, {})
        with pytest.raises(PolicyError):
            release(request, bench, out, _Silent())
        assert not out.exists() or not any(out.iterdir()), path.name
        if out.exists():
            out.rmdir()
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["rule-unreachable", "waiver-expired", "alias", "weaker-value"])
def test_the_command_runs_none_of_them(name: str, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("age,name\n34,Ada\n35,Bob\n")
    expected = next(broken for broken in BROKEN if broken.name == name)
    arguments = ["anonymize", str(tmp_path / "people.csv"), "-p", str(expected.path)]
    keys = ["--data-dir", str(tmp_path / "keys")]
    result = CliRunner().invoke(main, [*arguments, "-o", str(tmp_path / "out"), *keys])
    assert result.exit_code == 2
    place = f"{name}.policy.yaml:{expected.line}:{expected.column}: {expected.code}"
    assert place in result.stderr
    assert not (tmp_path / "out").exists()
