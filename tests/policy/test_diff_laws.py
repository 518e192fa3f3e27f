"""Laws of comparing policies, on random policies, contexts and tables.

The oracle is the engine itself: both policies are evaluated, and every demand, order and decision
of the old outcome is looked for in the new one, by code that shares nothing with the comparison.
"""

from __future__ import annotations

import copy
import datetime
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
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
    "any column where column.action = 'mask'",
    "any column where column.action in ['generalise', 'pseudonymise']",
    "any column where column.role = 'sensitive' and column.action != 'remove'",
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


Made = dict[str, Any]
BOUNDS = (2, 3, 5, 11)
SHARES = ("1/20", "5%", "1/11", "20%", "1/3", "50%")
TRANSFORMS: tuple[Made, ...] = (
    {"apply": "remove"},
    {"apply": "remove"},
    {"apply": "pseudonymise"},
    {"apply": "mask", "keep_first": 1},
    {"apply": "generalise", "to": "month"},
    {"apply": "generalise", "to": "year"},
)
ROLES = tuple(r.value for r in Role)


class Maker(random.Random):
    """Makes policies, contexts and tables; equal seeds, equal things."""

    def maybe(self, share: float = 0.5) -> bool:
        return self.random() < share

    def some(self, values: Sequence[Any], most: int) -> list[Any]:
        return self.sample(values, self.randint(1, most))

    def demand(self) -> Made:
        measure = self.choice(("k", "k", "k-parameter", "risk", "l", "l", "few", "attestation"))
        if measure == "k":
            return {"k-anonymity": {"at_least": self.choice(BOUNDS)}}
        if measure == "k-parameter":
            return {"k-anonymity": {"at_least": "params.k"}}
        if measure == "risk":
            kind = self.choice(("maximum", "average"))
            bound = {"measure": kind, "at_most": self.choice(SHARES)}
            return {"reidentification-risk": {"attacker": "prosecutor", **bound}}
        if measure == "l":
            columns = {"columns": self.choice(COLUMNS[3:])} if self.maybe() else {}
            variant = {"variant": self.choice(("distinct", "entropy"))}
            return {"l-diversity": {**variant, "at_least": self.choice(BOUNDS), **columns}}
        if measure == "few":
            return {"suppressed-records": {"at_most": self.choice(SHARES)}}
        age = {"max_age_days": self.choice((30, 365))} if self.maybe() else {}
        return {"attestation": {"of": self.choice(("one", "two")), **age}}

    def rule(self) -> Made:
        rule: Made = {}
        if self.maybe():
            rule["when"] = self.some(WHEN, 2)
        if self.maybe(0.25):
            rule["unless"] = self.some(WHEN, 1)
        if self.maybe(0.6):
            rule["require"] = [self.demand() for _ in range(self.randint(1, 2))]
        if self.maybe(0.35):
            rule["transform"] = [{"columns": self.choice(COLUMNS), **self.choice(TRANSFORMS)}]
        if self.maybe(0.3) or not _has_effect(rule):
            rule["decide"] = self.choice(("warn", "review", "block"))
        return rule

    def entry(self) -> Made:
        entry: Made = {"as": self.choice(ROLES)}
        if self.maybe(0.8):
            entry["names"] = self.some(NAMES, 3)
        if self.maybe(0.2):
            entry["where"] = self.choice(WHERE)
        if self.maybe(0.15) or not _selects(entry):
            entry["detects"] = ["iban"]
        if self.maybe(0.25):
            entry["special_category"] = True
        if self.maybe(0.25):
            entry["kind"] = self.choice(("date", "code"))
        return entry

    def policy(self) -> Made:
        return {
            "applies": self.some(WHEN[:9], 2) if self.maybe(0.2) else None,
            "k": self.choice((2, 5)),
            "size": self.choice((10, 1000)),
            "classify": [self.entry() for _ in range(self.randint(1, 3))],
            "rules": [self.rule() for _ in range(self.randint(1, 3))],
            "person": [self.choice(("a", "x"))] if self.maybe(0.15) else None,
            "suppressed": self.choice((None, "drop", "star")),
        }

    def edited(self, made: Made) -> Made:
        """Another policy that shares most with the given one."""
        new = copy.deepcopy(made)
        for _ in range(self.choice((1, 1, 1, 2))):
            self.edit(new)
        return new

    def edit(self, new: Made) -> None:
        what = self.choice(("setting", "rule", "rule", "rule", "entry", "entry", "drop"))
        for letter, items in (("r", new["rules"]), ("c", new["classify"])):
            for i, item in enumerate(items):
                item.setdefault("id", f"{letter}{i}")
        if what == "rule":
            self.replace(new["rules"], self.rule(), "r")
        elif what == "entry":
            self.replace(new["classify"], self.entry(), "c")
        elif what == "drop":
            items = self.choice((new["rules"], new["classify"]))
            if len(items) > 1:
                items.pop(self.randrange(len(items)))
        else:
            other = self.policy()
            key = self.choice(("applies", "k", "size", "person", "suppressed"))
            new[key] = other[key]

    def replace(self, items: list[Made], other: Made, letter: str) -> None:
        """Change one key of an item, or add an item."""
        if self.maybe(0.3):
            used = {item["id"] for item in items}
            free = next(f"{letter}{i}" for i in range(9) if f"{letter}{i}" not in used)
            items.append({**other, "id": free})
            return
        at = self.randrange(len(items))
        key = self.choice(sorted({*items[at], *other} - {"id"}))
        changed = {k: v for k, v in items[at].items() if k != key}
        if key in other:
            changed[key] = other[key]
        if _has_effect(changed) if letter == "r" else _selects(changed) and "as" in changed:
            items[at] = changed

    def context(self) -> Made:
        statement = {"by": "A. Person", "on": "2026-10-01"}
        facts: Made = {
            "release.access": self.choice(("public", "controlled", "internal")),
            "release.regime": [self.choice(("gdpr", "hipaa"))],
            "data.children": self.maybe(),
            "data.rare_condition": self.maybe(),
            "data.special_category": self.maybe(),
            "data.longitudinal": self.maybe(),
            "data.subjects": self.choice((5, 50, 500, 5000)),
            "attested": {"one": statement, "own/r0": statement},
        }
        return {key: value for key, value in facts.items() if self.maybe(0.7)}

    def table(self) -> list[Any]:
        found = []
        for name in self.some(TABLE, 5):
            kind = self.choice(("text", "integer", "date"))
            found.append(
                profile(
                    name,
                    kind,
                    detected=self.choice(((), (), ("iban",))),
                    n_distinct=self.choice((3, 40, 100)),
                    granularity="day" if kind == "date" else None,
                )
            )
        return found


def _has_effect(rule: Mapping[str, Any]) -> bool:
    return bool({"require", "transform", "decide"} & set(rule))


def _selects(entry: Mapping[str, Any]) -> bool:
    return bool({"names", "where", "detects"} & set(entry))


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


seeds = st.integers(0, 2**32)


def _pair(maker: Maker) -> tuple[Policy, Policy]:
    """Two policies that share most; of random ones some contradict themselves."""
    made = maker.policy()
    old, new = load(made), load(maker.edited(made))
    assume(old is not None and new is not None)
    assert old is not None
    assert new is not None
    return old, new


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=seeds)
def test_what_is_not_looser_demands_as_much_of_every_table(seed: int) -> None:
    maker = Maker(seed)
    old, new = _pair(maker)
    difference = compare(old, new)
    assume(not difference.looser)
    for _ in range(12):
        context, table = maker.context(), maker.table()
        before, after = (evaluate(p, context, table, HOST, TODAY) for p in (old, new))
        found = list(weaknesses(before, after))
        assert found == [], f"{old.source}\n{new.source}\n{context}\n{table}"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=seeds)
def test_swapping_the_policies_swaps_stricter_and_looser(seed: int) -> None:
    old, new = _pair(Maker(seed))
    mirror = {"stricter": "looser", "looser": "stricter", "added": "removed", "removed": "added"}

    def counted(difference: Difference, words: Mapping[str, str]) -> Counter[tuple[str, ...]]:
        return Counter(
            (c.kind, c.id, words.get(c.status, c.status), words.get(c.effect, c.effect))
            for c in difference.clauses
        )

    assert counted(compare(old, new), mirror) == counted(compare(new, old), {})


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=seeds)
def test_a_policy_is_unchanged_against_itself(seed: int) -> None:
    policy = load(Maker(seed).policy())
    assume(policy is not None)
    assert policy is not None
    difference = compare(policy, policy)
    assert {(c.status, c.effect) for c in difference.clauses} == {("unchanged", "none")}
    assert difference.advice.needed == "none"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=seeds)
def test_raising_a_floor_or_lowering_a_ceiling_is_never_looser(seed: int) -> None:
    maker = Maker(seed)
    made = maker.policy()
    inner = [
        (bounds, key)
        for rule in made["rules"]
        for demand in rule.get("require", ())
        for bounds in demand.values()
        for key in ("at_least", "at_most")
        if key in bounds and not str(bounds[key]).startswith("params.")
    ]
    assume(inner)
    old = load(made)
    bounds, key = maker.choice(inner)
    bounds[key] = 12 if key == "at_least" else "1/100"
    new = load(made)
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
