"""Compares which hierarchies two policies choose, and from which level on.

A hierarchy by itself protects nobody better or worse: the demands hold on whatever the search makes
of it. It is part of what is demanded where a least level is stated, where values are generalised to
a level by its name, and where a model measures along it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kiaim_server.policy.diff.clauses import Clause, Proven, Status, line, status_of
from kiaim_server.policy.diff.proofs import key_of
from kiaim_server.policy.diff.sides import Side
from kiaim_server.policy.document import POLICY_HIERARCHY, HierarchyRule

#: Builders whose levels have names that always mean the same.
_KNOWN: Final = frozenset({"dates", "intervals", "redaction", "values"})


def hierarchy_clauses(old: Side, new: Side) -> Iterator[Clause]:
    """One clause per entry of either policy."""
    before, after = old.hierarchies, new.hierarchies
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        entry = now or was
        if entry is None:
            continue
        status: Status = "unchanged"
        proven = Proven(True, True)
        if was is None or now is None or _meaning(was, old) != _meaning(now, new):
            proven = _proven(was, now, old, new)
            status = status_of(proven)
            if was is None or now is None:
                status = "added" if was is None else "removed"
        words = [None if e is None else _words(e) for e in (was, now)]
        note = proven.why if proven.effect == "undecided" else ""
        yield Clause("hierarchy", name, status, proven.effect, words[0], words[1], note)


def _proven(was: HierarchyRule | None, now: HierarchyRule | None, old: Side, new: Side) -> Proven:
    why = _measured_along(old, new) or _named_level((was, now), old, new)
    if why:
        return Proven(False, False, why)
    if was is not None and now is not None:
        alike = _meaning(was, old)[:-1] == _meaning(now, new)[:-1]
        least = was.levels[0], now.levels[0]
        if alike and least[0] == least[1]:
            return Proven(True, True)  # only the greatest level changed
        if alike and all(v is None or isinstance(v, int) for v in least):
            low, high = (v if isinstance(v, int) else 0 for v in least)
            return Proven(high >= low, low >= high)
    if any(entry.levels[0] is not None for s in (old, new) for entry in s.hierarchies.values()):
        return Proven(False, False, "a least level is stated, and it may no longer be that of all")
    return Proven(True, True)


def _measured_along(old: Side, new: Side) -> str:
    """Why the choice decides a demand: a model that measures along it."""
    for side in (old, new):
        for rule in side.rules.values():
            if any(d.parameters.get("hierarchy") == POLICY_HIERARCHY for d in rule.demands):
                return "a demand measures distances along the hierarchy that is chosen here"
    return ""


def _named_level(entries: tuple[HierarchyRule | None, ...], old: Side, new: Side) -> str:
    """Why the choice decides a transform: one that generalises to a level by its name."""
    known = all(e is None or e.spec.builder in _KNOWN for e in entries)
    for side in (old, new):
        for rule in side.rules.values():
            for order in rule.orders:
                named = order.transform.needs_hierarchy
                if named or (order.transform.level_name is not None and not known):
                    return "a transform goes by the name of a level, which may mean another one"
    return ""


def _meaning(entry: HierarchyRule, side: Side) -> tuple[Any, ...]:
    spec = entry.spec
    return (
        frozenset(entry.names.patterns) if entry.names else None,
        frozenset(entry.detects),
        frozenset(entry.kinds),
        key_of(entry.where, side.values) if entry.where else None,
        (spec.builder, repr(spec.parameters), spec.shipped),
        entry.levels,
    )


def _words(entry: HierarchyRule) -> str:
    patterns = entry.names.patterns if entry.names else ()
    chosen = ", ".join((*patterns, *(f"detected {d}" for d in entry.detects), *entry.kinds))
    reach = f"where {line(entry.where)}" if entry.where else chosen or "every column"
    inner = ", ".join(f"{key} {value}" for key, value in entry.spec.parameters.items())
    source = entry.spec.shipped or f"{entry.spec.builder}{f' ({inner})' if inner else ''}"
    low, high = entry.levels
    levels = [f"from {low}"] if low is not None else []
    levels += [f"to {high}"] if high is not None else []
    limits = f", {' '.join(levels)}" if levels else ""
    return f"{reach}: {source}{limits}"
