"""Laws of comparing policies, on random policies, contexts and tables.

The oracle is the engine itself: both policies are evaluated, and every demand, order and decision
of the old outcome is looked for in the new one, by code that shares nothing with the comparison.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.attribute import Role
from kiaim_server.model.plan import Plan, Requirement
from kiaim_server.policy import Policy, PolicyLibrary, evaluate
from kiaim_server.policy.diff import Difference, compare
from kiaim_server.policy.resolving import resolve
from kiaim_server.policy.source import read_source
from tests.policy.conftest import profile

TODAY = datetime.date(2026, 11, 24)
HOST = PluginHost.load()
LIBRARY = PolicyLibrary.load(HOST)

WHEN = (
    "release.access = 'public'",
    "release.access != 'public'",
    "release.access in ['public', 'controlled']",
    "data.children",
    "not data.children",
    "data.subjects < 1000",
    "data.subjects < params.size",
    "data.subjects >= 100 and release.access = 'public'",
    "data.children or data.rare_condition",
    "data.special_category",
    "data.rare_condition is known",
    "release.regime has 'gdpr'",
    "any column where column.role = 'sensitive'",
    "any column where column.role = 'direct'",
    "any column where column.special_category",
    "any column where column.kind = 'date' and column.granularity = 'day'",
    "any column where column.action = 'remove'",
    "no column where column.role = 'quasi'",
    "no column where column.role = 'quasi' and column.action = 'keep'",
    "(count column where column.role = 'quasi') > 1",
    "data.longitudinal",
)
COLUMNS = (
    "column.role = 'direct'",
    "column.role != 'direct'",
    "column.role in ['direct', 'quasi']",
    "column.role = 'sensitive'",
    "column.kind = 'date'",
    "column.special_category",
    "column.name = 'a'",
    "column.type = 'integer' and column.role = 'quasi'",
)
WHERE = ("column.type = 'integer'", "column.distinct_share > 50%", "data.children")
NAMES = ("a", "b", "c", "d_date", "a*", "*date", "b_c", "x")
TABLE = ("a", "ab", "b", "c", "d_date", "ddate", "bc", "x", "y")


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def _without_none(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if value is not None}


bounds = st.sampled_from([2, 3, 5, 11])
shares = st.sampled_from(["1/20", "5%", "1/11", "20%", "1/3", "50%"])
demands = st.one_of(
    st.fixed_dictionaries({"k-anonymity": st.fixed_dictionaries({"at_least": bounds})}),
    st.fixed_dictionaries({"k-anonymity": st.just({"at_least": "params.k"})}),
    st.fixed_dictionaries(
        {
            "reidentification-risk": st.fixed_dictionaries(
                {
                    "attacker": st.just("prosecutor"),
                    "measure": st.sampled_from(["maximum", "average"]),
                    "at_most": shares,
                }
            )
        }
    ),
    st.fixed_dictionaries(
        {
            "l-diversity": st.fixed_dictionaries(
                {
                    "variant": st.sampled_from(["distinct", "entropy"]),
                    "at_least": bounds,
                    "columns": _maybe(st.sampled_from(COLUMNS[3:])),
                }
            ).map(_without_none)
        }
    ),
    st.fixed_dictionaries({"suppressed-records": st.fixed_dictionaries({"at_most": shares})}),
    st.fixed_dictionaries(
        {
            "attestation": st.fixed_dictionaries(
                {
                    "of": st.sampled_from(["one", "two"]),
                    "max_age_days": _maybe(st.sampled_from([30, 365])),
                }
            ).map(_without_none)
        }
    ),
)
transforms = st.sampled_from(
    [
        {"apply": "remove"},
        {"apply": "pseudonymise"},
        {"apply": "mask", "keep_first": 1},
        {"apply": "generalise", "to": "month"},
        {"apply": "generalise", "to": "year"},
    ]
)
orders = st.tuples(st.sampled_from(COLUMNS), transforms).map(lambda o: {"columns": o[0], **o[1]})


def _has_effect(rule: Mapping[str, Any]) -> bool:
    return bool({"require", "transform", "decide"} & set(rule))


rules = (
    st.fixed_dictionaries(
        {
            "when": _maybe(st.lists(st.sampled_from(WHEN), min_size=1, max_size=2, unique=True)),
            "unless": _maybe(st.lists(st.sampled_from(WHEN), min_size=1, max_size=1)),
            "require": _maybe(st.lists(demands, min_size=1, max_size=2)),
            "transform": _maybe(st.lists(orders, min_size=1, max_size=1)),
            "decide": _maybe(st.sampled_from(["warn", "review", "block"])),
        }
    )
    .map(_without_none)
    .map(lambda r: r if _has_effect(r) else {**r, "decide": "block"})
)
entries = (
    st.fixed_dictionaries(
        {
            "names": _maybe(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)),
            "where": _maybe(st.sampled_from(WHERE)),
            "detects": _maybe(st.just(["iban"])),
            "as": st.sampled_from([r.value for r in Role]),
            "special_category": _maybe(st.just(True)),
            "kind": _maybe(st.sampled_from(["date", "code"])),
        }
    )
    .map(_without_none)
    .map(lambda e: e if {"names", "where", "detects"} & set(e) else {**e, "names": ["a"]})
)
policies = st.fixed_dictionaries(
    {
        "applies": _maybe(st.lists(st.sampled_from(WHEN[:9]), min_size=1, max_size=2, unique=True)),
        "k": st.sampled_from([2, 5]),
        "size": st.sampled_from([10, 1000]),
        "classify": st.lists(entries, min_size=1, max_size=4),
        "rules": st.lists(rules, min_size=1, max_size=4),
        "person": _maybe(st.sampled_from([["a"], ["x"]])),
        "suppressed": _maybe(st.sampled_from(["drop", "star"])),
    }
)


def text_of(made: Mapping[str, Any]) -> str:
    """The policy as a file."""
    content: dict[str, Any] = {
        "schema": "kiaim/policy/v1",
        "policy": "own",
        "version": "1.0.0",
        "title": "Own",
        "sources": {"src": {"cite": "A source", "kind": "convention"}},
        "parameters": {
            "k": {"type": "integer", "default": made["k"], "stricter": "higher"},
            "size": {"type": "integer", "default": made["size"], "stricter": "higher"},
        },
        "classify": [
            {"id": e.get("id", f"c{i}"), "because": "x", **e}
            for i, e in enumerate(made["classify"])
        ],
        "rules": [
            {"id": r.get("id", f"r{i}"), "because": "x", "cite": "src", **r}
            for i, r in enumerate(made["rules"])
        ],
    }
    if made["applies"]:
        content["applies"] = made["applies"]
    if made["person"]:
        content["person"] = {"names": made["person"], "because": "x"}
    if made["suppressed"]:
        content["output"] = {"suppressed": made["suppressed"]}
    return yaml.safe_dump(content, sort_keys=False)


def load(made: Mapping[str, Any]) -> Policy | None:
    environment = LIBRARY._environment(None)
    return resolve(read_source(text_of(made), "own.policy.yaml"), environment)[0]


@st.composite
def edited(draw: st.DrawFn, made: Mapping[str, Any]) -> dict[str, Any]:
    """Another policy that shares most with the given one."""
    new = {
        **made,
        "classify": [dict(e) for e in made["classify"]],
        "rules": [dict(r) for r in made["rules"]],
    }
    for _ in range(draw(st.integers(1, 2))):
        what = draw(
            st.sampled_from(
                ["k", "size", "applies", "person", "suppressed", "rule", "rule", "entry", "drop"]
            )
        )
        if what in ("k", "size"):
            new[what] = draw(st.sampled_from([2, 5, 10, 1000] if what == "size" else [2, 3, 5, 11]))
        elif what == "applies":
            new[what] = draw(_maybe(st.lists(st.sampled_from(WHEN[:9]), min_size=1, max_size=2)))
        elif what == "person":
            new[what] = draw(_maybe(st.sampled_from([["a"], ["x"]])))
        elif what == "suppressed":
            new[what] = draw(_maybe(st.sampled_from(["drop", "star"])))
        elif what == "rule":
            _replace(draw, new["rules"], rules, "r")
        elif what == "entry":
            _replace(draw, new["classify"], entries, "c")
        elif len(new["rules"]) > 1:
            for i, rule in enumerate(new["rules"]):
                rule.setdefault("id", f"r{i}")
            del new["rules"][draw(st.integers(0, len(new["rules"]) - 1))]
    return new


def _replace(draw: st.DrawFn, items: list[dict[str, Any]], strategy: Any, letter: str) -> None:
    """Change one key of an item, or add an item."""
    for i, item in enumerate(items):
        item.setdefault("id", f"{letter}{i}")
    at = draw(st.integers(0, len(items)))
    other = draw(strategy)
    if at == len(items):
        used = {item["id"] for item in items}
        free = next(f"{letter}{i}" for i in range(len(items) + 1) if f"{letter}{i}" not in used)
        items.append({**other, "id": free})
        return
    key = draw(st.sampled_from(sorted({*items[at], *other} - {"id"})))
    changed = {k: v for k, v in {**items[at], key: other.get(key)}.items() if v is not None}
    kept = _has_effect(changed) if letter == "r" else {"names", "where", "detects"} & set(changed)
    if kept and (letter == "r" or "as" in changed):
        items[at] = changed


contexts = st.fixed_dictionaries(
    {
        "release.access": _maybe(st.sampled_from(["public", "controlled", "internal"])),
        "release.regime": _maybe(st.sampled_from([["gdpr"], ["hipaa"]])),
        "data.children": _maybe(st.booleans()),
        "data.rare_condition": _maybe(st.booleans()),
        "data.special_category": _maybe(st.booleans()),
        "data.longitudinal": _maybe(st.booleans()),
        "data.subjects": _maybe(st.sampled_from([5, 50, 500, 5000])),
        "attested": _maybe(
            st.just(
                {
                    "one": {"by": "A. Person", "on": "2026-10-01"},
                    "own/r0": {"by": "A. Person", "on": "2026-10-01"},
                }
            )
        ),
    }
).map(_without_none)


@st.composite
def tables(draw: st.DrawFn) -> list[Any]:
    names = draw(st.lists(st.sampled_from(TABLE), min_size=1, max_size=5, unique=True))
    found = []
    for name in names:
        kind = draw(st.sampled_from(["text", "integer", "date"]))
        detected = draw(st.sampled_from([(), ("iban",)]))
        distinct = draw(st.sampled_from([3, 40, 100]))
        granularity = "day" if kind == "date" else None
        found.append(
            profile(name, kind, detected=detected, n_distinct=distinct, granularity=granularity)
        )
    return found


def is_refused_by_the_policy(plan: Plan) -> bool:
    """Whether a rule, ``applies`` or a missing role refuses, not an order that cannot be carried
    out or a demand that contradicts another one."""
    return bool(plan.unclassified or plan.blocks)


def weaknesses(old: Plan, new: Plan) -> Iterator[str]:
    """What the old outcome demands and the new one does not imply."""
    if is_refused_by_the_policy(new):
        return
    roles = {c.name: c.attribute.role for c in new.columns}
    yield from (
        f"{name} blocked and may leave"
        for name in old.unclassified
        if roles[name] is not Role.DIRECT
    )
    if old.unclassified:
        return
    yield from (f"block: {b}" for b in old.blocks if _is_decided(b, old))
    removed = {c.name for c in new.columns if any(t.name == "remove" for t in c.transforms)}
    for requirement in old.requirements:
        for attribute in requirement.attributes or (None,):
            if attribute not in removed and not _implied(requirement, attribute, new.requirements):
                yield f"{requirement.measure} of {attribute}"
    statements = {a.of: a for a in new.attestations}
    for attestation in old.attestations:
        found = statements.get(attestation.of)
        if found is None or (attestation.max_age_days or 10**9) < (found.max_age_days or 10**9):
            yield f"attestation {attestation.of}"
    for before in old.columns:
        after = next(c for c in new.columns if c.name == before.name)
        for planned in before.transforms:
            if not any(_does(planned, other) for other in after.transforms):
                yield f"{planned.name} of {before.name}"
    if old.suppressed == "drop" and new.suppressed == "star":
        yield "output"
    if old.person is not None and (new.person is None or new.person.column != old.person.column):
        yield "person"
    warned = {rule for rule, _ in new.warnings} | {rule for rule, _ in new.blocks}
    yield from (f"warning {w}" for w in _warnings(old) if w not in warned and w not in statements)


def _warnings(plan: Plan) -> set[str]:
    """Rules that applied and warn."""
    return {t.id for t in plan.rules if t.decide == "warn" and t.status != "silent"}


def _is_decided(block: tuple[str, str], plan: Plan) -> bool:
    """Whether a rule or ``applies`` blocks, not a conflict between orders or demands, nor a direct
    identifier that nothing removes."""
    rule, text = block
    deciding = {t.id for t in plan.rules if t.decide == "block" and t.status != "silent"}
    return (
        (rule in deciding and text.startswith("x"))
        or "whether the policy applies" in text
        or ("does not apply because" in text)
    )


def _implied(old: Requirement, attribute: str | None, found: Sequence[Requirement]) -> bool:
    if old.measure == "suppressed-records" and all(r.measure != old.measure for r in found):
        return True  # then none may be suppressed
    return any(
        _as_much(old, new) and (attribute is None or attribute in new.attributes) for new in found
    )


def _as_much(old: Requirement, new: Requirement) -> bool:
    sizes = [_size(r) for r in (old, new)]
    if None not in sizes:
        return sizes[1] >= sizes[0]  # type: ignore[operator]
    same = (old.measure, old.parameters) == (new.measure, new.parameters)
    low = old.at_least is None or (new.at_least is not None and new.at_least >= old.at_least)
    high = old.at_most is None or (new.at_most is not None and new.at_most <= old.at_most)
    return same and low and high


def _size(requirement: Requirement) -> Fraction | None:
    """The smallest class size s with s >= k, or 1/s <= the largest risk."""
    if requirement.measure == "k-anonymity":
        return requirement.at_least
    if requirement.parameters.get("measure") == "maximum" and requirement.at_most:
        size = 1
        while Fraction(1, size) > requirement.at_most:
            size += 1
        return Fraction(size)
    return None


PERIODS = ("month", "year")


def _does(old: Any, new: Any) -> bool:
    if new.name == "remove" or (old.name, old.parameters) == (new.name, new.parameters):
        return True
    if new.name == "pseudonymise" and old.name == "mask":
        return True
    both = old.name == new.name == "generalise"
    return both and PERIODS.index(new.parameters["to"]) >= PERIODS.index(old.parameters["to"])


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_not_looser_demands_as_much_of_every_table(data: st.DataObject) -> None:
    made = data.draw(policies)
    old, new = load(made), load(data.draw(edited(made)))
    assume(old is not None and new is not None)
    assert old is not None
    assert new is not None
    difference = compare(old, new)
    event("looser or undecided" if difference.looser else "not looser")
    assume(not difference.looser)
    for _ in range(8):
        context, table = data.draw(contexts), data.draw(tables())
        before, after = (evaluate(p, context, table, HOST, TODAY) for p in (old, new))
        assert list(weaknesses(before, after)) == [], difference.clauses


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_swapping_the_policies_swaps_stricter_and_looser(data: st.DataObject) -> None:
    made = data.draw(policies)
    old, new = load(made), load(data.draw(edited(made)))
    assume(old is not None and new is not None)
    assert old is not None
    assert new is not None
    mirror = {"stricter": "looser", "looser": "stricter", "added": "removed", "removed": "added"}

    def counted(difference: Difference, words: Mapping[str, str]) -> Counter[tuple[str, ...]]:
        return Counter(
            (c.kind, c.id, words.get(c.status, c.status), words.get(c.effect, c.effect))
            for c in difference.clauses
        )

    assert counted(compare(old, new), mirror) == counted(compare(new, old), {})


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(made=policies)
def test_a_policy_is_unchanged_against_itself(made: Mapping[str, Any]) -> None:
    policy = load(made)
    assume(policy is not None)
    assert policy is not None
    difference = compare(policy, policy)
    assert {(c.status, c.effect) for c in difference.clauses} == {("unchanged", "none")}
    assert difference.advice.needed == "none"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(made=policies, data=st.data())
def test_raising_a_floor_or_lowering_a_ceiling_is_never_looser(
    made: Mapping[str, Any], data: st.DataObject
) -> None:
    places = [
        (r, d, measure, key)
        for r, rule in enumerate(made["rules"])
        for d, demand in enumerate(rule.get("require", ()))
        for measure, inner in demand.items()
        for key in ("at_least", "at_most")
        if key in inner and not str(inner[key]).startswith("params.")
    ]
    assume(places)
    r, d, measure, key = data.draw(st.sampled_from(places))
    rules_ = [dict(rule) for rule in made["rules"]]
    inner = dict(rules_[r]["require"][d][measure])
    inner[key] = 12 if key == "at_least" else "1/100"
    rules_[r]["require"] = [
        {measure: inner} if i == d else old for i, old in enumerate(rules_[r]["require"])
    ]
    old, new = load(made), load({**made, "rules": rules_})
    assume(old is not None and new is not None)
    assert old is not None
    assert new is not None
    difference = compare(old, new)
    assert difference.looser == ()
    assert difference.advice.needed in ("none", "minor", "patch")


@pytest.mark.parametrize("name", LIBRARY.names())
def test_every_shipped_policy_is_unchanged_against_itself(name: str) -> None:
    policy = LIBRARY.get(name)
    assert {c.status for c in compare(policy, policy).clauses} == {"unchanged"}


def test_the_oracle_sees_a_weaker_policy() -> None:
    made = {
        "applies": None,
        "k": 2,
        "size": 10,
        "classify": [{"names": ["a"], "as": "quasi"}],
        "rules": [{"require": [{"k-anonymity": {"at_least": 5}}]}],
        "person": None,
        "suppressed": None,
    }
    weaker = {**made, "rules": [{"require": [{"k-anonymity": {"at_least": 4}}]}]}
    plans = [evaluate(p, {}, [profile("a")], HOST, TODAY) for p in map(load, (made, weaker)) if p]
    assert list(weaknesses(*plans)) == ["k-anonymity of None"]
