# ruff: noqa: E501 - a table of faulty texts
"""Every fault is found at its place and names the mend; no faulty policy runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiaim_server.errors import PolicyError
from kiaim_server.policy import PolicyLibrary, lint_file, lint_text
from tests.policy.conftest import HEAD

PARENT = """\
schema: kiaim/policy/v1
policy: parent
version: "2.3.0"
title: Parent
parameters:
  min_k: {type: integer, default: 5, at_least: 2, at_most: 50, stricter: higher}
  max_risk: {type: share, default: 20%, stricter: lower}
  fixed: {type: text, default: public}
sources:
  par: {cite: Parent source, kind: law}
rules:
  - id: r
    when: release.access = params.fixed
    require:
      - k-anonymity: {at_least: params.min_k}
      - reidentification-risk: {attacker: prosecutor, measure: maximum, at_most: params.max_risk}
    because: x
    cite: par
  - id: gone
    transform: [{columns: column.role = 'direct', apply: remove}]
    because: x
    cite: par
"""

RULE = "rules:\n  - id: r\n    because: x\n    cite: src\n"

#: What is appended to HEAD (6 lines), the code, its line, its column, words of the message.
FAULTS: list[tuple[str, str, int, int, str]] = [
    ("rulez: []\n", "P104", 7, 1, "did you mean 'rules'"),
    ("quux: 1\n", "P104", 7, 1, "allowed are schema, policy"),
    ("rules: {}\n", "P102", 7, 8, "expected a list"),
    ("rules:\n  - id: r\n    wen: data.children\n    decide: block\n    because: x\n    cite: src\n", "P104", 9, 5, "did you mean 'when'"),
    ("rules:\n  - decide: block\n    because: x\n    cite: src\n", "P105", 8, 5, "'id' is missing"),
    ("rules:\n  - id: r\n    decide: block\n    cite: src\n", "P105", 8, 5, "'because' is missing"),
    ("rules:\n  - id: r\n    decide: block\n    because: x\n", "P105", 8, 5, "'cite' is missing"),
    ("rules:\n  - id: r\n    decide: deny\n    because: x\n    cite: src\n", "P117", 9, 13, "warn, review, block"),
    ("rules:\n  - id: r\n    decide: block\n    because: x\n    cite: scr\n", "P204", 11, 11, "did you mean 'src'"),
    ("rules:\n  - id: Rule 1\n    decide: block\n    because: x\n    cite: src\n", "P124", 8, 9, "lower case"),
    ("rules:\n  - {id: r, decide: block, because: x, cite: src}\n  - {id: r, decide: warn, because: x, cite: src}\n", "P125", 9, 10, "first in line 8"),
    (RULE, "P116", 8, 5, "without effect"),
    (RULE + "    require: []\n", "P116", 8, 5, "without effect"),
    (RULE + "    require: [k-anonymity]\n", "P102", 11, 15, "name: {parameter: value}"),
    (RULE + "    require: [{k-anonymity: 5}]\n", "P102", 11, 29, "parameters as a mapping"),
    (RULE + "    require: [{k-anonimity: {at_least: 5}}]\n", "P118", 11, 16, "did you mean 'k-anonymity'"),
    (RULE + "    require: [{k-anonymity: {}}]\n", "P119", 11, 16, "needs the parameter 'at_least'"),
    (RULE + "    require: [{k-anonymity: {at_least: 1}}]\n", "P121", 11, 40, "below 2"),
    (RULE + "    require: [{k-anonymity: {at_least: eleven}}]\n", "P121", 11, 40, "is not a number"),
    (RULE + "    require: [{k-anonymity: {at_leest: 5, at_least: 5}}]\n", "P120", 11, 40, "did you mean 'at_least'"),
    (RULE + "    require: [{k-anonymity: {at_least: params.k}}]\n", "P302", 11, 47, "unknown parameter 'k'"),
    (RULE + "    require: [{k-anonymity: {at_least: 5, columns: column.special_category}}]\n", "P120", 11, 43, "no meaning"),
    (RULE + "    require: [{reidentification-risk: {attacker: prosecutor, measure: maximum, at_most: 9}}]\n", "P121", 11, 89, "write 9%"),
    (RULE + "    require: [{reidentification-risk: {attacker: thief, measure: maximum, at_most: 9%}}]\n", "P120", 11, 50, "attacker"),
    (RULE + "    require: [{delta-presence: {}}]\n", "P119", 11, 16, "demands nothing"),
    (RULE + "    require: [{delta-presence: {at_least: 0.5, at_most: 0.1}}]\n", "P127", 11, 16, "above at_most"),
    (RULE + "    require: [{suppressed-records: {at_most: 2}}]\n", "P121", 11, 46, "above 1"),
    (RULE + "    require: [{attestation: {of: Free Text}}]\n", "P120", 11, 34, "no name of an attestation"),
    (RULE + "    transform: [{columns: column.role = 'direct', apply: remov}]\n", "P122", 11, 58, "did you mean 'remove'"),
    (RULE + "    transform: [{columns: column.kind = 'date', apply: generalise}]\n", "P126", 11, 56, "needs the parameter 'to'"),
    (RULE + "    transform: [{columns: column.kind = 'date', apply: generalise, too: month}]\n", "P126", 11, 73, "did you mean 'to'"),
    (RULE + "    transform: [{columns: column.kind = 'dat', apply: remove}]\n", "P301", 11, 41, "did you mean 'date'"),
    (RULE + "    transform: [{columns: column.action = 'keep', apply: remove}]\n", "P304", 11, 27, "only after all transforms"),
    (RULE + "    transform: [{apply: remove}]\n", "P105", 11, 17, "'columns' is missing"),
    (RULE + "    when: any column where column.action = 'keep'\n    transform: [{columns: column.kind = 'date', apply: remove}]\n", "P304", 11, 28, "only after all transforms"),
    (RULE + "    decide: block\n    when: release.acces = 'public'\n", "P301", 12, 11, "did you mean 'release.access'"),
    (RULE + "    decide: block\n    when: |\n      data.children\n        and measured.k < 3\n", "P304", 14, 13, "measured"),
    (RULE + "    decide: block\n    when: [data.children, not data.children]\n", "P401", 8, 5, "can never apply"),
    (RULE + "    decide: block\n    when: data.children\n    unless: data.children\n", "P401", 8, 5, "can never apply"),
    (RULE + "    decide: block\n    when: data.children and not data.children\n", "P305", 12, 11, "can never hold"),
    (RULE + "    decide: block\n    when: data.children or not data.children\n", "P305", 12, 11, "always holds"),
    (RULE + "    decide: block\n    when: data.sampling_fraction > 80\n", "P305", 12, 36, "write 80%"),
    ("applies: release.access = 'public'\n" + RULE + "    decide: block\n    when: release.access = 'internal'\n", "P401", 9, 5, "'applies'"),
    ("applies: any column where column.special_category\n", "P301", 7, 10, "use 'when'"),
    ("applies: [release.access = 'public', release.access = 'internal']\n", "P305", 7, 1, "contradict"),
    ("applies: 3\n", "P106", 7, 10, "put it in quotes"),
    ("classify:\n  - {id: c, names: [Name.*], as: direct, because: x}\n", "P115", 8, 21, "with *"),
    ("classify:\n  - {id: c, names: ['*'], as: direct, because: x}\n", "P115", 8, 21, "every column"),
    ("classify:\n  - {id: c, names: ['((a+)+)+$'], as: direct, because: x}\n", "P115", 8, 21, "with *"),
    ("classify:\n  - {id: c, names: [a], as: directt, because: x}\n", "P114", 8, 29, "did you mean 'direct'"),
    ("classify:\n  - {id: c, as: direct, because: x}\n", "P105", 8, 5, "'names', 'detects' or 'where'"),
    ("classify:\n  - {id: c, detects: [emial], as: direct, because: x}\n", "P207", 8, 23, "did you mean 'email'"),
    ("classify:\n  - {id: c, names: [a], as: direct, kind: dat, because: x}\n", "P114", 8, 43, "did you mean 'date'"),
    ("classify:\n  - {id: c, where: column.role = 'quasi', as: direct, because: x}\n", "P304", 8, 20, "only after classification"),
    ("classify:\n  - {id: c, names: [a], as: direct, special_category: yes, because: x}\n", "P106", 8, 55, "true or false"),
    ("person: pat_id\n", "P102", 7, 9, "expected a mapping"),
    ("person: {names: [pat_id]}\n", "P105", 7, 9, "'because' is missing"),
    ("person: {because: x}\n", "P105", 7, 9, "selects no column"),
    ("person: {name: [pat_id], because: x}\n", "P104", 7, 10, "did you mean 'names'"),
    ("person: {names: ['*'], because: x}\n", "P115", 7, 18, "every column"),
    ("person: {detects: [emial], because: x}\n", "P207", 7, 20, "did you mean 'email'"),
    ("person: {where: column.role = 'direct', because: x}\n", "P304", 7, 17, "only after classification"),
    ("person: {where: column.nam = 'x', because: x}\n", "P301", 7, 17, "did you mean 'column.name'"),
    ("person: {names: [x], because: x, cite: scr}\n", "P204", 7, 40, "did you mean 'src'"),
    ("sources: 3\n", "P101", 7, 1, "there twice"),
    ("parameters:\n  k: {type: integer, default: 1.5}\n", "P106", 8, 31, "whole number"),
    ("parameters:\n  k: {type: share, default: 9}\n", "P121", 8, 29, "write 9%"),
    ("parameters:\n  k: {type: integer, default: 3, at_least: 5}\n", "P303", 8, 31, "below at_least"),
    ("parameters:\n  k: {type: integer, default: 3, at_least: 5, at_most: 2}\n", "P127", 8, 31, "above at_most"),
    ("parameters:\n  k: {default: 3}\n", "P105", 8, 6, "'type' is missing"),
    ("parameters:\n  k: {type: int, default: 3}\n", "P106", 8, 13, "did you mean 'integer'"),
    ("parameters:\n  'k 1': {type: integer, default: 3}\n", "P124", 8, 3, "no parameter name"),
    ("effective: {from: 2026-13-01}\n", "P123", 7, 19, "is no date"),
    ("effective: {from: \"2026-01-01\", until: \"2025-01-01\"}\n", "P123", 7, 12, "before"),
    ("status: live\n", "P106", 7, 9, "draft, shipped, active, retired"),
    ("language: fr\n", "P106", 7, 11, "en, de"),
    ("extends: [parent]\n", "P201", 7, 11, "name@1"),
    ("extends: [parent@1]\n", "P201", 7, 11, "is version 2.3.0"),
    ("extends: [parnt@2]\n", "P202", 7, 11, "did you mean 'parent'"),
    ("extends: [own@1]\n", "P203", 7, 11, "extends itself"),
    ("extends: [circle@1]\n", "P205", 7, 11, "extends itself: own extends circle extends own"),
    ("extends: [broken@1]\n", "P202", 7, 11, "does not pass"),
    ("extends: [twice@1]\n", "P202", 7, 11, "cannot be read"),
    ("extends: [parent@2]\nparameters:\n  min_k: {default: 4}\n", "P402", 9, 20, "weakened from 5 to 4"),
    ("extends: [parent@2]\nparameters:\n  max_risk: {default: 21%}\n", "P402", 9, 23, "weakened"),
    ("extends: [parent@2]\nparameters:\n  min_k: {default: 51}\n", "P303", 9, 20, "above at_most"),
    ("extends: [parent@2]\nparameters:\n  min_k: {default: 6, stricter: lower}\n", "P402", 9, 33, "declared by parent"),
    ("extends: [parent@2]\nparameters:\n  fixed: {default: internal}\n", "P402", 9, 20, "no direction"),
    ("extends: [parent@2]\n" + RULE + "    transform: [{columns: column.role = 'direct', apply: pseudonymise}]\n", "P403", 9, 1, "never takes effect"),
    ("parameters:\n  top: {type: share, default: 5%, stricter: higher}\n" + RULE + "    require: [{suppressed-records: {at_most: params.top}}]\n", "P404", 13, 46, "a lower 'at_most' is stricter"),
    ("parameters:\n  low: {type: integer, default: 5, stricter: lower}\n" + RULE + "    require: [{k-anonymity: {at_least: params.low}}]\n", "P404", 13, 40, "a higher 'at_least' is stricter"),
    ("hierarchies:\n  - {id: h, kinds: [age]}\n", "P105", 8, 5, "'build' and 'use'"),
    ("hierarchies:\n  - {id: h, kinds: [age], use: icd-10}\n", "P128", 8, 32, "no shipped hierarchy"),
    ("hierarchies:\n  - {id: h, kinds: [age], build: {datez: {}}}\n", "P128", 8, 35, "did you mean 'dates'"),
    ("hierarchies:\n  - {id: h, kinds: [age], build: {dates: {level: [x]}}}\n", "P120", 8, 50, "did you mean 'levels'"),
    ("hierarchies:\n  - {id: h, kinds: [age], names: [x], build: {values: {}}}\n", "P102", 8, 13, "choose one of"),
    ("hierarchies:\n  - {id: h, kinds: [age], build: {values: {}}, levels: {min: -1}}\n", "P106", 8, 62, "a number from 0"),
    ("objective: {loss: losss}\n", "P129", 7, 19, "did you mean 'loss'"),
    ("objective: {recoding: locally}\n", "P106", 7, 23, "did you mean 'local'"),
    ("objective: {loss: loss, factor: 1}\n", "P120", 7, 33, "no parameter 'factor'"),
    ("objective: {weights: {age: 0}}\n", "P121", 7, 28, "above 0"),
    ("objective: {weights: {'[a]': 1}}\n", "P115", 7, 23, "with *"),
    ("output: {suppressed: keep}\n", "P106", 7, 22, "drop, star"),
    ("not_covered: {a: b}\n", "P102", 7, 14, "expected a list"),
    ("title: &t Own\n", "P101", 7, 1, "there twice"),
    ("summary: &t Own\n", "P107", 7, 10, "anchor"),
    ("summary: *t\n", "P107", 7, 10, "alias"),
    ("summary: !x y\n", "P108", 7, 10, "tag"),
    ("summary: [\n", "P100", 8, 1, "not valid YAML"),
    ("summary: \"\u202e\"\n", "P109", 7, 11, "U+202E"),
    ("classify:\n  - {id: c, names: [a], as: quasi, because: x, confirmed: false}\n", "P132", 8, 59, "nobody has confirmed"),
    ("classify:\n  - {id: c, names: [a], as: undecided, because: x}\n", "P132", 8, 29, "write direct, quasi, sensitive or insensitive"),
    ("classify:\n  - {id: c, names: [a], as: quasi, because: x, confirmed: maybe}\n", "P106", 8, 59, "true or false"),
    ("hierarchies:\n  - {id: h, kinds: [age], build: {values: {}}, confirmed: false}\n", "P132", 8, 59, "nobody has confirmed"),
    ("person: {names: [pat_id], because: x, confirmed: false}\n", "P132", 7, 50, "nobody has confirmed"),
    ("extends: [draft@1]\n", "P202", 7, 11, "P132"),
]  # fmt: skip

OTHERS = {
    "parent": PARENT,
    "circle": HEAD.replace("policy: own", "policy: circle") + "extends: [own@1]\n",
    "broken": HEAD.replace("policy: own", "policy: broken") + "applies: nothing\n",
    "twice": HEAD.replace("policy: own", "policy: twice") + "title: again\n",
    "draft": HEAD.replace("policy: own", "policy: draft")
    + "classify: [{id: c, names: [a], as: quasi, because: x, confirmed: false}]\n",
}


@pytest.fixture
def others(tmp_path: Path) -> Path:
    for name, text in OTHERS.items():
        (tmp_path / f"{name}.policy.yaml").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("body", "code", "line", "column", "words"), FAULTS)
def test_each_fault_is_found_at_its_place(
    body: str, code: str, line: int, column: int, words: str, library: PolicyLibrary, others: Path
) -> None:
    file = others / "own.policy.yaml"
    file.write_text(HEAD + body, encoding="utf-8")
    found = lint_file(file, library)
    shown = "\n".join(map(str, found))
    assert any(
        (d.code, d.line, d.column) == (code, line, column) and words in d.message for d in found
    ), shown
    assert found == tuple(sorted(found))
    with pytest.raises(PolicyError) as caught:
        library.get("own")
    assert caught.value.diagnostics == found


def test_the_corpus_is_large() -> None:
    assert len(FAULTS) >= 90


@pytest.mark.parametrize(
    ("head", "code", "line"),
    [
        (HEAD.replace('"1.0.0"', "1.0"), "P106", 3),
        (HEAD.replace("1.0.0", "1.0"), "P112", 3),
        (HEAD.replace("v1\n", "v2\n"), "P110", 1),
        (HEAD.replace("own", "other"), "P111", 2),
        (HEAD.replace("convention", "conventon"), "P113", 6),
        (HEAD.replace("title: Own\n", ""), "P105", 1),
        ("- a\n", "P102", 1),
    ],
)
def test_faults_of_the_head(head: str, code: str, line: int, library: PolicyLibrary) -> None:
    found = lint_text(head, "own.policy.yaml", library)
    assert (code, line) in {(d.code, d.line) for d in found}


def test_warnings_do_not_stop_a_policy(library: PolicyLibrary, others: Path) -> None:
    body = (
        "  unused: {cite: x, kind: law}\n"
        "parameters: {k: {type: integer, default: 3, stricter: higher}}\n"
        "rules:\n  - id: r\n    require:\n      - k-anonymity: {at_least: 11}\n"
        "      - reidentification-risk: {attacker: prosecutor, measure: maximum, at_most: 9%}\n"
        "    because: x\n    cite: src\n"
    )
    (others / "own.policy.yaml").write_text(HEAD + body, encoding="utf-8")
    policy = library.get("own")
    assert [d.code for d in policy.warnings] == ["W501", "W502", "W504"]
    rounding = policy.warnings[2]
    assert (rounding.line, rounding.column) == (13, 82)
    assert "asks for k 12" in rounding.message


def test_an_exact_fraction_is_no_rounding_trap(library: PolicyLibrary) -> None:
    body = RULE + (
        "    require:\n      - k-anonymity: {at_least: 11}\n"
        "      - reidentification-risk: {attacker: prosecutor, measure: maximum, at_most: 1/11}\n"
    )
    assert lint_text(HEAD + body, "own.policy.yaml", library) == ()


def test_all_faults_of_a_file_are_found_in_one_run(library: PolicyLibrary) -> None:
    body = (
        "applies: release.acces = 'public'\n"
        "classify:\n  - {id: a, names: [x], as: directt, because: x}\n"
        "rules:\n  - {id: r, decide: deny, because: x, cite: nope}\n"
        "  - {id: s, require: [{k-anonymity: {at_least: 0}}], because: x, cite: src}\n"
    )
    codes = [d.code for d in lint_text(HEAD + body, "own.policy.yaml", library)]
    assert codes == ["P301", "P114", "P117", "P204", "P121"]


def test_a_chain_is_at_most_five_steps(library: PolicyLibrary, tmp_path: Path) -> None:
    for step in range(8):
        text = HEAD.replace("own", f"step{step}") + f"extends: [step{step + 1}@1]\n"
        if step == 7:
            text = HEAD.replace("own", "step7")
        (tmp_path / f"step{step}.policy.yaml").write_text(text, encoding="utf-8")
    found = lint_file(tmp_path / "step0.policy.yaml", library)
    assert [d.code for d in found if d.severity == "error"] == ["P205"]
    assert not [
        d for d in lint_file(tmp_path / "step2.policy.yaml", library) if d.severity == "error"
    ]


@pytest.mark.timeout(30)  # without memory of what was resolved it would take for ever
def test_a_wide_and_deep_web_of_parents_does_not_hang(
    library: PolicyLibrary, tmp_path: Path
) -> None:
    for level in range(5):
        parents = ", ".join(f"p{level + 1}-{i}@1" for i in range(6)) if level < 4 else ""
        for i in range(6):
            text = HEAD.replace("own", f"p{level}-{i}") + f"extends: [{', '.join([parents] * 3)}]\n"
            text = text if parents else HEAD.replace("own", f"p{level}-{i}")
            (tmp_path / f"p{level}-{i}.policy.yaml").write_text(text, encoding="utf-8")
    assert lint_file(tmp_path / "p0-0.policy.yaml", library)


CONDITION = (
    "release.access = 'public' and release.form = 'microdata' and data.subjects < 7 and "
    "data.sampling_fraction < 0.3 and data.children and data.rare_condition and "
    "release.purpose = 'research' and recipient.country in eea and data.longitudinal"
)


@pytest.mark.timeout(60)  # a second or two on an idle machine
@pytest.mark.parametrize(
    ("entry", "codes"),
    [
        (f'  - {{id: r@, when: "{CONDITION}", decide: block, because: x, cite: src}}\n', set()),
        (
            "  - {id: r@, transform: [{columns: column.role = 'direct', apply: keep}], because: x, "
            "cite: src}\n",
            set(),
        ),
        ("  - {id: r@, decide: deny, wen: 3}\n", {"P109"}),
    ],
)
def test_the_largest_files_are_linted_in_bounded_time(
    entry: str, codes: set[str], library: PolicyLibrary
) -> None:
    count = min(250_000 // len(entry), 2000 if not codes else 250_000)
    body = "rules:\n" + "".join(entry.replace("@", str(i)) for i in range(count))
    found = lint_text(HEAD + body, "own.policy.yaml", library)
    assert {d.code for d in found} == codes


def test_a_confirmed_guess_is_an_entry_like_any_other(library: PolicyLibrary) -> None:
    entries = (
        "classify: [{id: c, names: [a], as: quasi, because: x, cite: src, confirmed: true}]\n"
        "person: {names: [p], because: x, confirmed: true}\n"
        "hierarchies: [{id: h, kinds: [age], build: {values: {}}, confirmed: true}]\n"
    )
    assert lint_text(HEAD + entries, "own.policy.yaml", library) == ()
