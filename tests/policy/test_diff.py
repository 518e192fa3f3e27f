"""Comparing policies: what each kind of change is called, and which version it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from kiaim_server.hooks.host import PluginHost
from kiaim_server.policy import PolicyLibrary
from kiaim_server.policy.diff import Clause, Difference, compare
from kiaim_server.policy.source import read_source

Diff = Callable[..., Difference]

HEAD = """\
schema: kiaim/policy/v1
policy: own
version: "{version}"
title: Own
sources:
  src: {{cite: A source, kind: convention}}
  other: {{cite: Another source, kind: law}}
"""
COLUMNS = """\
classify:
  - {id: keys, names: [pat_id], as: direct, kind: identifier, because: x}
  - {id: known, names: [age], as: quasi, because: x}
  - {id: ill, names: [diagnosis], as: sensitive, because: x}
"""
CROWD = """\
rules:
  - {id: crowd, require: [{k-anonymity: {at_least: 5}}], because: x, cite: src}
"""
TWO = CROWD + "  - {id: more, %s, because: x, cite: src}\n"


@pytest.fixture(scope="module")
def installed() -> PolicyLibrary:
    return PolicyLibrary.load(PluginHost.load())


@pytest.fixture
def diff(installed: PolicyLibrary) -> Diff:
    def of(old: str, new: str, versions: tuple[str, str] = ("1.0.0", "2.0.0")) -> Difference:
        policies = [
            installed.as_written(read_source(HEAD.format(version=v) + body, "own.policy.yaml"))
            for v, body in zip(versions, (old, new), strict=True)
        ]
        return compare(*policies)

    return of


def changed(difference: Difference) -> list[tuple[str, str, str]]:
    return [(c.kind, c.status, c.effect) for c in difference.clauses if c.status != "unchanged"]


def only(difference: Difference) -> Clause:
    (clause,) = [c for c in difference.clauses if c.status != "unchanged"]
    return clause


def swap(body: str, old: str, new: str) -> str:
    assert old in body
    return body.replace(old, new)


BASE = COLUMNS + CROWD

CASES: Mapping[str, tuple[str, str, list[tuple[str, str, str]]]] = {
    "a higher k": (
        BASE,
        swap(BASE, "at_least: 5", "at_least: 6"),
        [("demand", "stricter", "stricter")],
    ),
    "the same as a risk": (
        BASE,
        swap(
            BASE,
            "k-anonymity: {at_least: 5}",
            "reidentification-risk: {attacker: prosecutor, measure: maximum, at_most: 1/5}",
        ),
        [("demand", "reworded", "none")],
    ),
    "a risk that asks for one more": (
        BASE,
        swap(
            BASE,
            "k-anonymity: {at_least: 5}",
            "reidentification-risk: {attacker: prosecutor, measure: maximum, at_most: 19%}",
        ),
        [("demand", "stricter", "stricter")],
    ),
    "other words": (
        BASE,
        swap(BASE, "because: x, cite: src}\n", "because: y, cite: src}\n"),
        [("rule", "reworded", "none")],
    ),
    "another source": (
        BASE,
        swap(BASE, "cite: src", "cite: other"),
        [("rule", "reworded", "none")],
    ),
    "a rule more": (
        BASE,
        COLUMNS + TWO % "require: [{l-diversity: {variant: distinct, at_least: 2}}]",
        [("rule", "added", "stricter")],
    ),
    "a rule more that another one makes superfluous": (
        BASE,
        COLUMNS + TWO % "when: data.children, require: [{k-anonymity: {at_least: 4}}]",
        [("rule", "added", "none")],
    ),
    "a refusal instead of a review": (
        COLUMNS + TWO % "when: data.children, decide: review",
        COLUMNS + TWO % "when: data.children, decide: block",
        [("decision", "stricter", "stricter")],
    ),
    "a condition that holds more often": (
        COLUMNS + TWO % "when: data.subjects < 100, decide: block",
        COLUMNS + TWO % "when: data.subjects < 200, decide: block",
        [("condition", "stricter", "stricter")],
    ),
    "a condition in other words": (
        COLUMNS + TWO % "when: data.children and not data.rare_condition, decide: block",
        COLUMNS + TWO % "when: not data.rare_condition and data.children, decide: block",
        [("condition", "reworded", "none")],
    ),
    "a condition that is neither": (
        COLUMNS + TWO % "when: data.children, decide: block",
        COLUMNS + TWO % "when: data.rare_condition, decide: block",
        [("condition", "changed", "undecided")],
    ),
    "an exception": (
        COLUMNS + TWO % "when: data.children, decide: block",
        COLUMNS + TWO % "when: data.children, unless: data.subjects > 10, decide: block",
        [("condition", "looser", "looser")],
    ),
    "records may be suppressed where none might": (
        BASE,
        COLUMNS + TWO % "require: [{suppressed-records: {at_most: 10%}}]",
        [("rule", "added", "none"), ("suppression", "looser", "looser")],
    ),
    "fewer records may be suppressed": (
        COLUMNS + TWO % "require: [{suppressed-records: {at_most: 10%}}]",
        COLUMNS + TWO % "require: [{suppressed-records: {at_most: 9%}}]",
        [("suppression", "stricter", "stricter")],
    ),
    "records may be suppressed more seldom": (
        COLUMNS + TWO % "require: [{suppressed-records: {at_most: 10%}}]",
        COLUMNS + TWO % "when: data.children, require: [{suppressed-records: {at_most: 10%}}]",
        [("condition", "looser", "none"), ("suppression", "stricter", "stricter")],
    ),
    "a coarser period": (
        COLUMNS
        + TWO % "transform: [{columns: column.kind = 'date', apply: generalise, to: month}]",
        COLUMNS + TWO % "transform: [{columns: column.kind = 'date', apply: generalise, to: year}]",
        [("order", "stricter", "stricter")],
    ),
    "removed instead of masked": (
        COLUMNS + TWO % "transform: [{columns: column.name = 'age', apply: mask}]",
        COLUMNS + TWO % "transform: [{columns: column.name = 'age', apply: remove}]",
        [("order", "stricter", "stricter")],
    ),
    "for more columns": (
        COLUMNS + TWO % "transform: [{columns: column.role = 'direct', apply: remove}]",
        COLUMNS
        + TWO % "transform: [{columns: 'column.role in [''direct'', ''quasi'']', apply: remove}]",
        [("order", "stricter", "stricter")],
    ),
    "pseudonyms of what blocked": (
        BASE,
        COLUMNS + TWO % "transform: [{columns: column.role = 'direct', apply: pseudonymise}]",
        [("rule", "added", "undecided")],
    ),
    "pseudonyms of what never identifies": (
        BASE,
        COLUMNS + TWO % "transform: [{columns: column.role = 'sensitive', apply: pseudonymise}]",
        [("rule", "added", "stricter")],
    ),
    "a statement that may be older": (
        COLUMNS + TWO % "require: [{attestation: {of: a, max_age_days: 30}}]",
        COLUMNS + TWO % "require: [{attestation: {of: a}}]",
        [("demand", "looser", "looser")],
    ),
    "a name that blocked and may leave": (
        BASE,
        swap(BASE, "[age]", "[age, sex]"),
        [("classification", "looser", "looser")],
    ),
    "a name that blocked and is removed": (
        BASE,
        swap(BASE, "[pat_id]", "[pat_id, mrn]"),
        [("classification", "changed", "none")],
    ),
    "a role below": (
        BASE,
        swap(BASE, "as: quasi", "as: insensitive"),
        [("classification", "looser", "looser")],
    ),
    "a role above": (
        COLUMNS.replace("as: quasi", "as: insensitive") + CROWD,
        BASE,
        [("classification", "stricter", "stricter")],
    ),
    "a rule on roles does not see the same columns": (
        COLUMNS + TWO % "when: any column where column.role = 'sensitive', decide: block",
        COLUMNS.replace("[diagnosis], as: sensitive", "[diagnosis], as: quasi")
        + TWO % "when: any column where column.role = 'sensitive', decide: block",
        [("classification", "stricter", "stricter"), ("condition", "looser", "looser")],
    ),
    "a rule on direct identifiers sees more of them": (
        COLUMNS + TWO % "when: any column where column.role = 'direct', decide: block",
        COLUMNS.replace("[age], as: quasi", "[age], as: direct")
        + TWO % "when: any column where column.role = 'direct', decide: block",
        [("classification", "stricter", "stricter"), ("condition", "stricter", "stricter")],
    ),
    "a mark less": (
        swap(BASE, "as: sensitive", "as: sensitive, special_category: true"),
        BASE,
        [("classification", "looser", "looser")],
    ),
    "a mark less, by a milder entry": (
        swap(BASE, "[diagnosis], as: sensitive", "[diagnosis], as: quasi, special_category: true"),
        swap(BASE, "[diagnosis], as: sensitive", "[diagnosis], as: direct"),
        [("classification", "changed", "undecided")],
    ),
    "a demand on sensitive columns reaches fewer": (
        COLUMNS + TWO % "require: [{l-diversity: {variant: distinct, at_least: 2}}]",
        COLUMNS.replace("[diagnosis], as: sensitive", "[diagnosis], as: quasi")
        + TWO % "require: [{l-diversity: {variant: distinct, at_least: 2}}]",
        [("classification", "stricter", "stricter"), ("demand", "looser", "looser")],
    ),
    "values are counted where the measure has no persons": (
        COLUMNS + TWO % "require: [{l-diversity: {variant: entropy, at_least: 2}}]",
        COLUMNS
        + TWO % "require: [{l-diversity: {variant: entropy, at_least: 2}}]"
        + "person: {names: [pat_id], because: x}\n",
        [("person", "added", "undecided")],
    ),
    "a statement that has to be young": (
        COLUMNS + TWO % "require: [{attestation: {of: a, max_age_days: 30}}]",
        COLUMNS + TWO % "require: [{attestation: {of: a, max_age_days: 20}}]",
        [("demand", "stricter", "stricter")],
    ),
    "a rule on what is done": (
        COLUMNS + TWO % "when: any column where column.action = 'mask', decide: block",
        COLUMNS
        + TWO % "when: any column where column.action = 'mask', decide: block"
        + "  - {id: t, transform: [{columns: column.name = 'age', apply: round, to: 5}], "
        + "because: x, cite: src}\n",
        [("condition", "changed", "undecided"), ("rule", "added", "stricter")],
    ),
    "a rule on how fine dates are": (
        COLUMNS + TWO % "when: any column where column.granularity = 'day', decide: block",
        COLUMNS
        + TWO % "when: any column where column.granularity = 'day', decide: block"
        + "  - {id: t, transform: [{columns: column.kind = 'date', apply: generalise, to: year}], "
        + "because: x, cite: src}\n",
        [("condition", "changed", "undecided"), ("rule", "added", "stricter")],
    ),
    "what is not known applies as well": (
        COLUMNS + TWO % "when: data.rare_condition, decide: block",
        COLUMNS + TWO % "when: [data.rare_condition, data.rare_condition is known], decide: block",
        [("condition", "looser", "looser")],
    ),
    "a rule on what only removal does": (
        COLUMNS + TWO % "when: any column where column.action = 'remove', decide: block",
        COLUMNS
        + TWO % "when: any column where column.action = 'remove', decide: block"
        + "  - {id: t, transform: [{columns: column.name = 'age', apply: round, to: 5}], "
        + "because: x, cite: src}\n",
        [("rule", "added", "stricter")],
    ),
    "applies to less": (
        BASE,
        BASE + "applies: release.access = 'internal'\n",
        [("applies", "stricter", "stricter")],
    ),
    "a day earlier": (
        BASE + "effective: {until: '2027-01-01'}\n",
        BASE + "effective: {until: '2026-01-01'}\n",
        [("validity", "stricter", "stricter")],
    ),
    "suppressed records leave with stars": (
        BASE,
        BASE + "output: {suppressed: star}\n",
        [("output", "looser", "looser")],
    ),
    "another objective": (
        BASE,
        BASE + "objective: {loss: precision}\n",
        [("objective", "changed", "none")],
    ),
    "persons are counted": (
        BASE,
        BASE + "person: {names: [pat_id], because: x}\n",
        [("person", "added", "stricter")],
    ),
    "persons are counted, and values": (
        COLUMNS + TWO % "require: [{t-closeness: {variant: equal, at_most: 20%}}]",
        COLUMNS
        + TWO % "require: [{t-closeness: {variant: equal, at_most: 20%}}]"
        + "person: {names: [pat_id], because: x}\n",
        [("person", "added", "undecided")],
    ),
    "a least level": (
        BASE + "hierarchies: [{id: h, names: [age], build: {intervals: {widths: [5, 10]}}}]\n",
        BASE
        + "hierarchies: [{id: h, names: [age], build: {intervals: {widths: [5, 10]}}, "
        + "levels: {min: 1}}]\n",
        [("hierarchy", "stricter", "stricter")],
    ),
    "another hierarchy": (
        BASE + "hierarchies: [{id: h, names: [age], build: {intervals: {widths: [5, 10]}}}]\n",
        BASE + "hierarchies: [{id: h, names: [age], build: {intervals: {widths: [4, 8]}}}]\n",
        [("hierarchy", "changed", "none")],
    ),
    "another hierarchy where a level goes by its name": (
        COLUMNS
        + TWO % "transform: [{columns: column.name = 'age', apply: generalise, to: 'width 5'}]"
        + "hierarchies: [{id: h, names: [age], build: {intervals: {widths: [5, 10]}}}]\n",
        COLUMNS
        + TWO % "transform: [{columns: column.name = 'age', apply: generalise, to: 'width 5'}]"
        + "hierarchies: [{id: h, names: [age], build: {intervals: {width: 5, origin: 1}}}]\n",
        [("hierarchy", "changed", "undecided")],
    ),
    "no waiver any more": (
        COLUMNS + CROWD,
        swap(BASE, "because: x, cite: src}\n", "because: x, cite: src, tighten_only: true}\n"),
        [("tighten_only", "stricter", "stricter")],
    ),
}

MIRROR = {"stricter": "looser", "looser": "stricter", "added": "removed"}


@pytest.mark.parametrize(("old", "new", "expected"), CASES.values(), ids=CASES)
def test_what_a_change_is_called(diff: Diff, old: str, new: str, expected: list[object]) -> None:
    assert changed(diff(old, new)) == expected


@pytest.mark.parametrize(("old", "new", "expected"), CASES.values(), ids=CASES)
def test_the_other_way_round(
    diff: Diff, old: str, new: str, expected: list[tuple[str, str, str]]
) -> None:
    turned = [(k, MIRROR.get(s, s), MIRROR.get(e, e)) for k, s, e in expected]
    assert changed(diff(new, old)) == turned


WAIVED = (
    COLUMNS
    + CROWD
    + """\
waivers:
  - id: small
    rule: own/crowd
    replaces: {require: {k-anonymity: {at_least: 5}}}
    by: {require: {k-anonymity: {at_least: 3}}}
    scope: {when: data.subjects > 100}
    reason: x
    cite: src
    approved_by: [A. One, B. Two]
    until: "2027-01-01"
"""
)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (BASE, WAIVED, ("waiver", "added", "looser")),
        (WAIVED, swap(WAIVED, "2027-01-01", "2026-12-31"), ("waiver", "stricter", "stricter")),
        (WAIVED, swap(WAIVED, "> 100", "> 200"), ("waiver", "stricter", "stricter")),
        (WAIVED, swap(WAIVED, "at_least: 3", "at_least: 4"), ("waiver", "changed", "undecided")),
        (WAIVED, swap(WAIVED, "B. Two", "C. Three"), ("waiver", "reworded", "none")),
    ],
)
def test_waivers(diff: Diff, old: str, new: str, expected: tuple[str, str, str]) -> None:
    assert changed(diff(old, new)) == [expected]
    turned = tuple(MIRROR.get(word, word) for word in expected)
    assert changed(diff(new, old)) == [turned]


def test_a_waived_rule_does_not_stand_in_for_another_one(diff: Diff) -> None:
    extra = "  - {id: more, require: [{k-anonymity: {at_least: 4}}], because: x, cite: src}\n"
    both = WAIVED.replace("waivers:", extra + "waivers:")
    assert changed(diff(both, WAIVED)) == [("rule", "removed", "looser")]
    assert changed(diff(COLUMNS + CROWD + extra, BASE)) == [("rule", "removed", "none")]


def test_expired_waivers_and_locked_versions_can_be_compared(
    installed: PolicyLibrary, tmp_path: Path
) -> None:
    old = tmp_path / "old.yaml"
    old.write_text(HEAD.format(version="1.0.0") + WAIVED.replace("2027", "2020"))
    new = tmp_path / "new.yaml"
    new.write_text(HEAD.format(version="1.1.0") + BASE)
    difference = compare(installed.as_written(old), installed.as_written(new))
    assert changed(difference) == [("waiver", "removed", "stricter")]
    assert difference.advice.needed == difference.advice.taken == "minor"


def test_the_change_of_a_parent_shows(installed: PolicyLibrary, tmp_path: Path) -> None:
    child = (
        HEAD.format(version="1.0.0").replace("policy: own", "policy: child")
        + "extends: [own@1]\nrules: [{id: r, decide: warn, because: x, cite: [src, other]}]\n"
    )
    for folder, body in (("old", BASE), ("new", swap(BASE, "at_least: 5", "at_least: 4"))):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "child.policy.yaml").write_text(child)
        (tmp_path / folder / "own.policy.yaml").write_text(HEAD.format(version="1.0.0") + body)
    policies = [
        installed.as_written(tmp_path / folder / "child.policy.yaml") for folder in ("old", "new")
    ]
    difference = compare(*policies)
    clause = only(difference)
    assert (clause.kind, clause.id, clause.effect) == ("demand", "own/crowd", "looser")
    assert (clause.old, clause.new) == ("k-anonymity at least 5", "k-anonymity at least 4")
    assert difference.advice.finding is None  # the child's own file did not change


@pytest.mark.parametrize(
    ("new", "versions", "finding"),
    [
        (swap(BASE, "at_least: 5", "at_least: 4"), ("1.2.3", "1.3.0"), "write 2.0.0 at least"),
        (swap(BASE, "at_least: 5", "at_least: 4"), ("1.2.3", "2.0.0"), None),
        (swap(BASE, "at_least: 5", "at_least: 6"), ("1.2.3", "1.2.4"), "write 1.3.0 at least"),
        (swap(BASE, "at_least: 5", "at_least: 6"), ("1.2.3", "1.3.0"), None),
        (swap(BASE, "because: x, cite", "because: y, cite"), ("1.2.3", "1.2.3"), "write 1.2.4"),
        (swap(BASE, "because: x, cite", "because: y, cite"), ("1.2.3", "1.2.4"), None),
        (BASE, ("1.2.3", "1.2.2"), "write 1.2.4"),
        (BASE + "# a remark\n", ("1.2.3", "1.2.4"), None),
    ],
)
def test_the_step_of_the_version(
    diff: Diff, new: str, versions: tuple[str, str], finding: str | None
) -> None:
    found = diff(BASE, new, versions).advice.finding
    if finding is None:
        assert found is None
    else:
        assert found is not None
        assert (found.code, found.line, found.column) == ("P405", 3, 10)
        assert finding in found.message


def test_policies_with_different_names(installed: PolicyLibrary) -> None:
    other = HEAD.format(version="1.0.0").replace("policy: own", "policy: other") + BASE
    policies = [
        installed.as_written(read_source(text, "x.yaml"))
        for text in (HEAD.format(version="3.0.0") + BASE, other)
    ]
    difference = compare(*policies)
    assert changed(difference) == []
    assert difference.advice.taken is None


def test_a_policy_is_compared_with_the_one_that_it_extends(installed: PolicyLibrary) -> None:
    child, parent = (
        installed.get(name) for name in ("gdpr-health-controlled-access", "gdpr-baseline")
    )
    difference = compare(parent, child)
    by_id = {(c.kind, c.id): c for c in difference.clauses}
    assert by_id["rule", "gdpr-baseline/singling-out"].status == "unchanged"
    assert by_id["applies", "gdpr-health-controlled-access"].effect == "stricter"
    # The child lets pseudonyms of direct identifiers leave, where its parent refuses.
    assert {c.id for c in difference.looser} == {
        "gdpr-health-controlled-access/pseudonym-only-if-needed"
    }


def test_a_hostile_pair_ends_soon_and_undecided(installed: PolicyLibrary) -> None:
    names = [f"release.purpose = 'research' and data.subjects < {i}" for i in range(2, 40)]
    rules = "".join(
        f'  - {{id: r{i}, when: "{" or ".join(names[i % 30 : i % 30 + 6])} or data.population < {i}'
        f' or data.records < {i} or data.sampling_fraction < {i % 9 + 1}%", '
        f"require: [{{k-anonymity: {{at_least: {5 + i % 2}}}}}], because: x, cite: src}}\n"
        for i in range(1, 300)
    )
    patterns = ", ".join(f"col_{i}" for i in range(4000))
    entries = f"classify:\n  - {{id: c, names: [{patterns}], as: quasi, because: x}}\n"
    texts = [
        HEAD.format(version="1.0.0") + entries.replace("as: quasi", role) + "rules:\n" + rules
        for role in ("as: quasi", "as: sensitive")
    ]
    policies = [installed.as_written(read_source(t, "x.yaml")) for t in texts]
    difference = compare(*policies)
    assert difference.looser
