# ruff: noqa: E501 - tables of inputs
from __future__ import annotations

from pathlib import Path

import pytest

from kiaim_server.errors import NotFoundError, PolicyError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.policy import PolicyLibrary, lint_file
from kiaim_server.policy.cases import run_cases
from tests.policy.conftest import HEAD

CLASSIFY = "classify:\n  - {id: a, names: [a], as: quasi, because: A., cite: src}\n"


def write(folder: Path, name: str, body: str = CLASSIFY) -> Path:
    path = folder / f"{name}.policy.yaml"
    path.write_text(HEAD.replace("policy: own", f"policy: {name}") + body, encoding="utf-8")
    return path


def test_names_and_files(library: PolicyLibrary, tmp_path: Path) -> None:
    path = write(tmp_path, "mine")
    assert "mine" in library.names()
    by_name, by_path, by_text = library.get("mine"), library.get(path), library.get(str(path))
    assert by_name.digest == by_path.digest == by_text.digest
    assert (by_name.name, by_name.version, by_name.title) == ("mine", "1.0.0", "Own")
    assert by_name.source == path.read_text(encoding="utf-8")
    assert library.path_of("mine") == path


def test_an_unknown_name_gets_a_hint(library: PolicyLibrary, tmp_path: Path) -> None:
    write(tmp_path, "mine")
    with pytest.raises(NotFoundError, match="did you mean 'gdpr-baseline'"):
        library.get("gdpr-basline")
    with pytest.raises(NotFoundError, match=r"there are: .*mine"):
        library.get("zzz")
    with pytest.raises(NotFoundError, match="does not exist; for the policy of that name"):
        library.get("elsewhere/mine.policy.yaml")
    with pytest.raises(NotFoundError):
        lint_file(tmp_path / "none.yaml", library)
    with pytest.raises(NotFoundError, match="policies directory"):
        PolicyLibrary.load(library.host, tmp_path / "none")


def test_a_file_cannot_take_the_place_of_a_shipped_policy(
    library: PolicyLibrary, tmp_path: Path
) -> None:
    write(tmp_path, "gdpr-baseline")
    with pytest.raises(PolicyError, match="name of a shipped policy"):
        library.get("gdpr-baseline")
    write(tmp_path, "child", "extends: [gdpr-baseline@1]\n")
    with pytest.raises(PolicyError, match="cannot be read"):
        library.get("child")


def test_parents_are_found_beside_a_file(host: PluginHost, tmp_path: Path) -> None:
    write(tmp_path, "base")
    child = write(tmp_path, "child", "extends: [base@1]\n" + CLASSIFY.replace("id: a", "id: b"))
    policy = PolicyLibrary.load(host).get(child)
    assert [d.name for d in policy.documents] == ["child", "base"]


def test_the_digest_follows_content_and_not_layout(library: PolicyLibrary, tmp_path: Path) -> None:
    path = write(tmp_path, "mine")
    digest = library.get(path).digest
    path.write_text("# a comment\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert library.get(path).digest == digest
    write(tmp_path, "mine", CLASSIFY.replace("as: quasi", "as: direct"))
    assert library.get(path).digest != digest


def test_the_digest_covers_what_is_extended(library: PolicyLibrary, tmp_path: Path) -> None:
    write(tmp_path, "base")
    child = write(tmp_path, "child", "extends: [base@1]\n" + CLASSIFY.replace("id: a", "id: b"))
    digest = library.get(child).digest
    write(tmp_path, "base", CLASSIFY.replace("as: quasi", "as: direct"))
    assert library.get(child).digest != digest


def test_two_parents_are_joined(library: PolicyLibrary, tmp_path: Path) -> None:
    parameters = "parameters: {k: {type: integer, default: 3, stricter: higher}}\n"
    rule = "rules:\n  - {id: r, require: [{k-anonymity: {at_least: params.k}}], because: A., cite: src}\n"
    write(tmp_path, "base", parameters + rule)
    write(tmp_path, "left", "extends: [base@1]\nparameters: {k: {default: 5}}\n")
    write(tmp_path, "right", "extends: [base@1]\nparameters: {k: {default: 9}}\n")
    both = library.get(write(tmp_path, "both", "extends: [left@1, right@1]\n"))
    assert both.parameters["k"].value == 9
    assert [d.name for d in both.documents] == ["both", "left", "right", "base"]


CASES = """\
schema: kiaim/policy-test/v1
policy: mine
given: {release.access: public}
cases:
  - name: released
    columns: [{name: a}]
    expect: {verdict: release, roles: {a: quasi}}
  - name: wrong on purpose
    columns: [{name: a}, {name: b}]
    expect: {verdict: release, fires: [nothing], silent: [nothing], roles: {a: direct}, unclassified: [a]}
"""


def test_cases_report_what_differs(library: PolicyLibrary, tmp_path: Path) -> None:
    write(tmp_path, "mine")
    file = tmp_path / "mine.test.yaml"
    file.write_text(CASES, encoding="utf-8")
    good, bad = run_cases(file, library)
    assert good.problems == ()
    assert len(bad.problems) == 5
    assert "expected release, got refuse: Column 'b'" in bad.problems[0].message


def test_a_case_file_is_as_strict_as_a_policy(library: PolicyLibrary, tmp_path: Path) -> None:
    write(tmp_path, "mine")
    file = tmp_path / "mine.test.yaml"
    file.write_text(CASES.replace("fires:", "fire:"), encoding="utf-8")
    with pytest.raises(PolicyError, match="did you mean 'fires'"):
        run_cases(file, library)
    with pytest.raises(NotFoundError):
        run_cases(tmp_path / "none.test.yaml", library)
