"""Holds what a case came to against what it expects, and says what differs and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kiaim_server.model.bounds import format_bound, parse_bound
from kiaim_server.model.decision import Decision
from kiaim_server.model.plan import Plan, Requirement
from kiaim_server.policy.casefile import Given
from kiaim_server.policy.source import Mark
from kiaim_server.policy.spelling import did_you_mean

_BOUNDS: Final = ("at_least", "at_most")
#: Key of an expected demand that names the sensitive attribute it is about; no parameter.
_ATTRIBUTE: Final = "attribute"


@dataclass(frozen=True)
class Problem:
    """What a case expected and did not get, at the place where it expects it."""

    mark: Mark
    message: str


def problems_of(given: Given, plan: Plan, decision: Decision) -> Iterator[Problem]:
    """Everything in which plan and decision differ from what the case expects."""
    expect = given.expect
    yield from _verdict(given, plan, decision)
    yield from _rules(given, plan)
    yield from _waivers(given, plan)
    for i, name in enumerate(_many(expect.get("unclassified"))):
        if name not in plan.unclassified:
            text = f"column {name!r} was expected to be unclassified, but a rule covers it"
            yield Problem(given.place("expect", "unclassified", i), text)
    roles = {c.name: c.attribute.role.value for c in plan.columns}
    for name, role in expect.get("roles", {}).items():
        if roles.get(name) != role:
            found = roles.get(name) or _absent(name, plan)
            text = f"column {name!r} was expected to be {role}, but is {found}"
            yield Problem(given.place("expect", "roles", name), text)
    yield from _transforms(given, plan)
    yield from _demands(given, plan)


def _absent(name: str, plan: Plan) -> str:
    return "unclassified" if name in plan.unclassified else "no column of the case"


def _verdict(given: Given, plan: Plan, decision: Decision) -> Iterator[Problem]:
    expected = given.expect["verdict"]
    place = given.place("expect", "verdict")
    wanted = "refuse" if expected in ("block", "not-applicable") else expected
    if decision.verdict.value != wanted:
        reasons = " ".join(decision.reasons) or "nothing stands against it"
        yield Problem(place, f"expected {wanted}, got {decision.verdict.value}: {reasons}")
    if expected == "not-applicable" and not any(
        "does not apply" in reason for _, reason in plan.blocks
    ):
        yield Problem(place, "expected that the policy does not apply, but it does")


def _rules(given: Given, plan: Plan) -> Iterator[Problem]:
    traces = {trace.id: trace for trace in plan.rules}
    for key in ("fires", "silent"):
        for i, name in enumerate(_many(given.expect.get(key))):
            place = given.place("expect", key, i)
            ids = [rule for rule in traces if rule == name or rule.rpartition("/")[2] == name]
            if not ids:
                hint = did_you_mean(name, [*traces, *(r.rpartition("/")[2] for r in traces)])
                yield Problem(place, f"no rule is called {name!r}{hint}")
                continue
            fired = [rule for rule in ids if traces[rule].status != "silent"]
            if key == "fires" and not fired:
                why = "; ".join(_why_silent(traces[rule].conditions) for rule in ids)
                text = f"rule {name!r} was expected to fire, but did not: {why}"
                yield Problem(place, text)
            elif key == "silent" and fired:
                lines = "; ".join(
                    f"{line} is {value}" for line, value in traces[fired[0]].conditions
                )
                text = f"rule {name!r} was expected to be silent, but fired: {lines or 'always'}"
                yield Problem(place, text)


def _waivers(given: Given, plan: Plan) -> Iterator[Problem]:
    traces = {trace.id: trace for trace in plan.waivers}
    for i, name in enumerate(_many(given.expect.get("waives"))):
        ids = [one for one in traces if one == name or one.rpartition("/")[2] == name]
        place = given.place("expect", "waives", i)
        if not ids:
            hint = did_you_mean(name, [*traces, *(w.rpartition("/")[2] for w in traces)])
            yield Problem(place, f"no waiver is called {name!r}{hint}")
        elif not any(traces[one].status == "relaxes" for one in ids):
            notes = "; ".join(traces[one].note for one in ids)
            yield Problem(place, f"waiver {name!r} was expected to relax something, but: {notes}")


def _why_silent(conditions: Sequence[tuple[str, str]]) -> str:
    """The lines that keep a rule silent: of ``when`` the false, of ``unless`` the true ones."""
    return ", ".join(
        f"{line} is {value}"
        for line, value in conditions
        if value == ("true" if line.startswith("unless ") else "false")
    )


def _transforms(given: Given, plan: Plan) -> Iterator[Problem]:
    found = {c.name: [t.name for t in c.transforms] for c in plan.columns}
    for name, wanted in given.expect.get("transforms", {}).items():
        place = given.place("expect", "transforms", name)
        if name not in found:
            yield Problem(place, f"column {name!r} is {_absent(name, plan)}")
        elif found[name] != _many(wanted):
            got = ", ".join(found[name]) or "none"
            expected = ", ".join(_many(wanted)) or "none"
            text = f"column {name!r}: expected the transforms {expected}, got {got}"
            yield Problem(place, text)


def _demands(given: Given, plan: Plan) -> Iterator[Problem]:
    for i, entry in enumerate(given.expect.get("require", ())):
        measure, wanted = next(iter(entry.items()))
        place = given.place("expect", "require", i)
        same = [r for r in plan.requirements if r.measure == measure]
        about = [r for r in same if _is_about(r, wanted)]
        if not about:
            others = f"; there is {'; '.join(map(_in_words, same))}" if same else ""
            yield Problem(place, f"no rule that applies demands {_asked(measure, wanted)}{others}")
        elif not any(_has_bounds(r, wanted) for r in about):
            got = "; ".join(map(_in_words, about))
            yield Problem(place, f"expected {_asked(measure, wanted)}, got {got}")


def _is_about(requirement: Requirement, wanted: Mapping[str, Any]) -> bool:
    attribute = wanted.get(_ATTRIBUTE)
    if attribute is not None and attribute not in requirement.attributes:
        return False
    return all(
        key in requirement.parameters and _same(requirement.parameters[key], value)
        for key, value in wanted.items()
        if key not in (*_BOUNDS, _ATTRIBUTE)
    )


def _has_bounds(requirement: Requirement, wanted: Mapping[str, Any]) -> bool:
    bounds = {"at_least": requirement.at_least, "at_most": requirement.at_most}
    return all(
        bounds[key] is not None and _same(bounds[key], wanted[key])
        for key in _BOUNDS
        if key in wanted
    )


def _same(found: Any, wanted: Any) -> bool:
    """Equal as numbers where both are numbers in any spelling, else as they are."""
    try:
        return parse_bound(found) == parse_bound(wanted)
    except ValueError:
        return bool(found == wanted)


def _asked(measure: str, wanted: Mapping[str, Any]) -> str:
    return " ".join([measure, *(f"{key} {value}" for key, value in wanted.items())])


def _in_words(requirement: Requirement) -> str:
    parts = [requirement.measure, *(f"{k} {v}" for k, v in requirement.parameters.items())]
    for key, bound in (("at_least", requirement.at_least), ("at_most", requirement.at_most)):
        if bound is not None:
            parts.append(f"{key} {format_bound(bound)}")
    if requirement.attributes:
        parts.append(f"for {', '.join(requirement.attributes)}")
    return " ".join(parts)


def _many(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)
