# ruff: noqa: E501 - a table of cases
"""Cases of policies: what they can expect, where they say what differs, which rules they cover."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kiaim_server.errors import NotFoundError, PolicyError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.policy import PolicyLibrary
from kiaim_server.policy.cases import CaseResult, run_suite
from kiaim_server.policy.suites import all_suites, find_suite, lint_with_cases, uncovered
from tests.policy.conftest import HEAD

POLICY = (
    HEAD
    + """\
parameters:
  min_k: {type: integer, default: 5, at_most: 50, stricter: higher}
classify:
  - {id: known, names: [age], as: quasi, because: Known.}
  - {id: secret, names: [icd, income], as: sensitive, because: Secret.}
  - {id: named, names: [name], as: direct, because: Named.}
rules:
  - id: crowd
    require:
      - k-anonymity: {at_least: params.min_k}
      - l-diversity: {variant: entropy, at_least: 2, columns: column.name = 'icd'}
    because: A.
    cite: src
  - id: gone
    transform: [{columns: column.role = 'direct', apply: remove}]
    because: B.
    cite: src
  - id: children
    when: data.children
    decide: review
    because: C.
    cite: src
  - id: world
    unless: release.access = 'internal'
    decide: warn
    because: D.
    cite: src
"""
)

FILE = """\
schema: kiaim/policy-test/v1
policy: own
given: {release.access: internal, data.children: false}
measured: {k-anonymity: 5, l-diversity entropy: 2, suppressed-records: 0}
cases:
  - name: one
    columns: [{name: age, type: integer}, {name: icd}, {name: name}]
    expect:
      verdict: release
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own.policy.yaml").write_text(POLICY, encoding="utf-8")
    return tmp_path


def run(folder: Path, library: PolicyLibrary, more: str, file: str = FILE) -> CaseResult:
    path = folder / "own.test.yaml"
    path.write_text(file + more, encoding="utf-8")
    return run_suite(path, library).results[0]


def told(result: CaseResult) -> list[tuple[int, int, str]]:
    return [(p.mark.line, p.mark.column, p.message) for p in result.problems]


@pytest.mark.parametrize(
    "more",
    [
        "      require: [{k-anonymity: {at_least: 5}}]\n",
        "      require: [{l-diversity: {variant: entropy, attribute: icd, at_least: 2}}]\n",
        "      require: [{suppressed-records: {at_most: 0%}}]\n",
        "      transforms: {name: remove}\n",
        "      roles: {age: quasi, name: direct}\n      silent: [children, own/world]\n",
    ],
)
def test_what_is_so_passes(folder: Path, library: PolicyLibrary, more: str) -> None:
    assert told(run(folder, library, more)) == []


@pytest.mark.parametrize(
    ("more", "line", "column", "words"),
    [
        ("      require: [{k-anonymity: {at_least: 6}}]\n", 10, 17, "expected k-anonymity at_least 6, got k-anonymity at_least 5"),
        ("      require: [{k-anonymity: {at_most: 5}}]\n", 10, 17, "expected k-anonymity at_most 5, got"),
        ("      require: [{l-diversity: {variant: distinct, at_least: 2}}]\n", 10, 17, "there is l-diversity variant entropy at_least 2 for icd"),
        ("      require: [{l-diversity: {attribute: age, at_least: 2}}]\n", 10, 17, "no rule that applies demands"),
        ("      require: [{t-closeness: {at_most: 20%}}]\n", 10, 17, "no rule that applies demands t-closeness at_most 20%"),
        ("      transforms: {name: keep}\n", 10, 26, "expected the transforms keep, got remove"),
        ("      transforms: {nam: remove}\n", 10, 25, "no column of the case"),
        ("      roles: {age: direct}\n", 10, 20, "expected to be direct, but is quasi"),
        ("      roles: {aeg: quasi}\n", 10, 20, "is no column of the case"),
        ("      unclassified: [age]\n", 10, 22, "a rule covers it"),
        ("      fires: [crowd, children]\n", 10, 22, "did not: data.children is false"),
        ("      fires: [world]\n", 10, 15, "did not: unless release.access = 'internal' is true"),
        ("      silent: [crowd]\n", 10, 16, "but fired: always"),
        ("      silent: [crowds]\n", 10, 16, "did you mean 'crowd'"),
    ],
)  # fmt: skip
def test_what_differs_is_told_at_its_place(
    folder: Path, library: PolicyLibrary, more: str, line: int, column: int, words: str
) -> None:
    ((at, across, message),) = told(run(folder, library, more))
    assert (at, across) == (line, column), message
    assert words in message


def test_a_verdict_that_differs_says_why(folder: Path, library: PolicyLibrary) -> None:
    result = run(folder, library, "", FILE.replace("k-anonymity: 5", "k-anonymity: 4"))
    ((line, column, message),) = told(result)
    assert (line, column) == (9, 16)
    assert "expected release, got refuse: k-anonymity" in message


@pytest.mark.parametrize(
    ("parameters", "measured", "words"),
    [
        ("{min_k: 7}", "7", None),
        ("{min_k: 7}", "6", "got refuse"),
        ("{min_k: 4}", "9", "weakened from 5 to 4"),
        ("{min_k: 51}", "60", "above at_most 50"),
        ("{min: 7}", "7", "'min' is no parameter"),
        ("{min_k: [7]}", "7", "single value"),
    ],
)
def test_parameters_can_be_tightened_only(
    folder: Path, library: PolicyLibrary, parameters: str, measured: str, words: str | None
) -> None:
    file = FILE.replace("k-anonymity: 5", f"k-anonymity: {measured}")
    result = run(folder, library, f"    params: {parameters}\n", file)
    if words is None:
        assert told(result) == []
    else:
        assert [words in message for _, _, message in told(result)] == [True]
    assert (result.plan is None) == (words not in (None, "got refuse"))


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("k-anonymity: 5", "k-anonimity: 5", (4, 12), "did you mean 'k-anonymity'"),
        ("k-anonymity: 5", "k-anonymity: five", (4, 12), "is not a number"),
        ("release.access: internal", "release.acces: internal", (3, 8), "unknown fact"),
    ],
)
def test_what_a_case_gives_is_checked(
    folder: Path, library: PolicyLibrary, old: str, new: str, place: tuple[int, int], words: str
) -> None:
    ((_, _, message),) = told(run(folder, library, "", FILE.replace(old, new)))
    assert words in message
    assert place  # the file's own values have no place in the case


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("type: integer", "type: int", "did you mean 'integer'"),
        ("name: icd", "name: icd, action: removed", "did you mean 'remove'"),
        ("name: icd", "name: icd, granularity: dy", "did you mean 'day'"),
        ("      verdict: release", "      verdict: ok", "P117"),
        ("policy: own", "policy: own\non: 24.11.2026", "P123"),
        ("      verdict: release", "      verdict: release\n      require: {k: 1}", "P102"),
        ("cases:", "case:", "did you mean 'cases'"),
    ],
)
def test_a_case_file_is_closed(
    folder: Path, library: PolicyLibrary, old: str, new: str, words: str
) -> None:
    with pytest.raises(PolicyError, match="cannot be run") as caught:
        run(folder, library, "", FILE.replace(old, new))
    assert any(words in str(d) for d in caught.value.diagnostics)


def test_a_case_has_a_day(folder: Path, library: PolicyLibrary) -> None:
    ends = POLICY.replace("title: Own", 'title: Own\neffective: {until: "2026-06-30"}')
    (folder / "own.policy.yaml").write_text(ends, encoding="utf-8")
    for day, verdict in (("2026-06-30", "release"), ("2026-07-01", "refuse")):
        file = FILE.replace("policy: own", f'policy: own\non: "{day}"')
        assert (
            told(run(folder, library, "", file.replace("verdict: release", f"verdict: {verdict}")))
            == []
        )


CHILDREN = """\
  - name: two
    given: {data.children: true, release.access: public}
    columns: [{name: age}]
    expect: {verdict: review}
"""


def test_a_rule_is_covered_once_it_was_seen_to_apply_and_to_be_silent(
    folder: Path, library: PolicyLibrary
) -> None:
    run(folder, library, "")
    path = folder / "own.test.yaml"
    assert [(u.rule, u.missing) for u in uncovered(run_suite(path, library))] == [
        ("own/children", ("apply",)),
        ("own/world", ("apply",)),
    ]
    codes = [(d.line, d.code) for d in lint_with_cases(folder / "own.policy.yaml", library)]
    assert codes == [(24, "W506"), (29, "W506")]
    run(folder, library, CHILDREN)
    assert uncovered(run_suite(path, library)) == ()
    assert lint_with_cases(folder / "own.policy.yaml", library) == ()


def test_the_linter_tells_of_cases_that_fail_or_are_missing(
    folder: Path, library: PolicyLibrary
) -> None:
    policy = folder / "own.policy.yaml"
    assert lint_with_cases(policy, library) == ()
    (missing,) = lint_with_cases(policy, library, demanded=True)
    assert (missing.code, missing.severity) == ("W506", "warning")
    assert "'own.test.yaml'" in missing.message
    run(folder, library, CHILDREN.replace("review", "refuse"))
    (failing,) = lint_with_cases(policy, library)
    assert "1 of its 2 cases fail" in failing.message
    (folder / "own.test.yaml").write_text("nonsense", encoding="utf-8")
    (broken,) = lint_with_cases(policy, library)
    assert "cannot be run" in broken.message


def test_cases_are_found_by_name_by_policy_and_by_file(
    folder: Path, library: PolicyLibrary
) -> None:
    with pytest.raises(NotFoundError, match=r"own\.test\.yaml"):
        find_suite("own", library)
    run(folder, library, "")
    path = folder / "own.test.yaml"
    references: list[Any] = ["own", folder / "own.policy.yaml", str(path)]
    assert [find_suite(r, library) for r in references] == [path] * 3
    assert path in all_suites(library)
    with pytest.raises(NotFoundError, match="does not exist"):
        find_suite(folder / "none.policy.yaml", library)
    with pytest.raises(NotFoundError, match="did you mean 'own'"):
        find_suite("own1", library)


def test_cases_are_about_the_file_beside_them(
    folder: Path, library: PolicyLibrary, host: PluginHost
) -> None:
    """A copy that is being edited is tested itself, not what the library has under its name."""
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    edited = POLICY.replace("default: 5", "default: 6")
    (elsewhere / "own.policy.yaml").write_text(edited, encoding="utf-8")
    result = run(elsewhere, library, "      require: [{k-anonymity: {at_least: 6}}]\n")
    assert [p.message[:28] for p in result.problems] == ["expected release, got refuse"]
    result = run(elsewhere, library, "    params: {min_k: 5}\n")
    assert "weakened from 6 to 5" in result.problems[0].message


def test_every_shipped_policy_has_cases_that_pass_and_leave_no_rule_out() -> None:
    library = PolicyLibrary.load(PluginHost.load())
    suites = [run_suite(path, library) for path in all_suites(library)]
    assert [suite.policy.name for suite in suites] == list(library.names())
    failed = [
        f"{suite.file}:{p.mark.line}: {p.message}"
        for suite in suites
        for result in suite.results
        for p in result.problems
    ]
    assert failed == []
    assert [u for suite in suites for u in uncovered(suite)] == []


WAIVER = """\
waivers:
  - id: two-are-enough
    rule: own/crowd
    scope: {when: release.purpose = 'research'}
    replaces: {require: {k-anonymity: {at_least: 5}}}
    by: {require: {k-anonymity: {at_least: 2}}}
    reason: A.
    approved_by: [A. Person, B. Person]
    until: "2026-12-31"
    cite: src
"""


@pytest.mark.parametrize(
    ("purpose", "on", "more", "words"),
    [
        ("research", "2026-12-31", "waives: [two-are-enough]", None),
        ("research", "2026-12-31", "waives: own/two-are-enough", None),
        ("research", "2027-01-01", "waives: [two-are-enough]", "but: it expired on 2026-12-31"),
        ("care", "2026-12-31", "waives: [two-are-enough]", "is false"),
        ("research", "2026-12-31", "waives: [two-are-enuff]", "did you mean"),
    ],
)
def test_a_case_can_expect_a_waiver_to_hold(
    folder: Path, library: PolicyLibrary, purpose: str, on: str, more: str, words: str | None
) -> None:
    (folder / "own.policy.yaml").write_text(POLICY + WAIVER, encoding="utf-8")
    file = FILE.replace("given: {", f'on: "{on}"\ngiven: {{release.purpose: {purpose}, ')
    file = file.replace("k-anonymity: 5", "k-anonymity: 7")
    found = told(run(folder, library, f"      {more}\n", file))
    if words is None:
        assert found == []
    else:
        ((line, column, message),) = found
        assert (line, column) == (11, 16)
        assert words in message


def test_a_waiver_does_not_undo_what_a_case_tightens(folder: Path, library: PolicyLibrary) -> None:
    (folder / "own.policy.yaml").write_text(POLICY + WAIVER, encoding="utf-8")
    file = FILE.replace("given: {", "given: {release.purpose: research, ")
    file = file.replace("k-anonymity: 5", "k-anonymity: 9")
    tight = file.replace("- name: one\n", "- name: one\n    params: {min_k: 8}\n")
    more = "      require: [{k-anonymity: {at_least: 8}}]\n"
    assert told(run(folder, library, more, tight)) == []
