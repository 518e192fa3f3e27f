"""Chooses hierarchies, level limits, objective and weights: the nearest policy, most specific."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

from kiaim_server.language import has_phrase, say
from kiaim_server.model.plan import HierarchySpec, Objective
from kiaim_server.model.prose import Prose
from kiaim_server.policy.document import Document, HierarchyRule, Weighting
from kiaim_server.policy.logic import Scope

Level = int | str | None


@dataclass(frozen=True)
class Choice:
    """A column's hierarchy and level limits, or the conflict that forbids to choose."""

    spec: HierarchySpec | None
    levels: tuple[Level, Level]
    conflict: str | None = None


def choose_hierarchy(
    documents: Sequence[Document], facts: Mapping[str, Any], context: Mapping[str, Any]
) -> Choice:
    """The entry that a column takes: a quasi-identifier, or one generalised to a named level.

    The extending policy goes before what it extends; within a policy names go before conditions,
    conditions before detection, detection before kinds, kinds before entries for all; names that
    ask for a detection as well go first. A least level that a farther policy demands stays in
    force.
    """
    name = str(facts["column.label"])
    chosen: HierarchyRule | None = None
    least: Level = None
    for _, tier in itertools.groupby(documents, key=lambda d: d.distance):
        entries = [e for d in tier for e in d.hierarchies if _matches(e, facts, context)]
        best = [e for e in entries if e.rank == min(x.rank for x in entries)]
        if not best:
            continue
        if chosen is None and any(_content(e) != _content(best[0]) for e in best[1:]):
            ids = sorted(e.id for e in best)
            return Choice(None, (None, None), say("choice.hierarchies", name=name, rules=ids))
        chosen = chosen or best[0]
        for entry in best:  # farther ones have a say on the least level alone
            strictest = _stricter_level(least, entry.levels[0])
            if strictest is _INCOMPARABLE:
                far = entry.levels[0]
                text = say("choice.levels", name=name, near=least, far=far, rule=entry.id)
                return Choice(None, (None, None), text)
            least = strictest
    if chosen is None:
        return Choice(None, (None, None))
    spec = replace(chosen.spec, chosen_by=_reason(chosen, facts))
    return Choice(spec, (least, chosen.levels[1]))


def _content(entry: HierarchyRule) -> tuple[Any, ...]:
    """What an entry says, whatever it is called."""
    return entry.spec.builder, entry.spec.parameters, entry.spec.shipped, entry.levels


_INCOMPARABLE: Any = object()


def _stricter_level(near: Level, far: Level) -> Any:
    if far is None or near == far:
        return near
    if near is None:
        return far
    if isinstance(near, int) and isinstance(far, int):
        return max(near, far)
    return _INCOMPARABLE


def _matches(entry: HierarchyRule, facts: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
    if entry.detects and set(entry.detects).isdisjoint(facts["column.detected"]):
        return False
    if entry.names is not None:
        return entry.names.match(str(facts["column.label"])) is not None
    if entry.where is not None:
        return entry.where.evaluate(Scope(context, (), facts)) is not False
    return not entry.kinds or facts["column.kind"] in entry.kinds


def _reason(entry: HierarchyRule, facts: Mapping[str, Any]) -> str:
    """By what an entry that matches a column chose it, in words."""
    detected = [name for name in entry.detects if name in facts["column.detected"]]
    reasons = [say("chosen.name")] if entry.names is not None else []
    if detected:
        reasons.append(say("chosen.detection", names=detected))
    if entry.where is not None:
        reasons.append(say("chosen.condition"))
    if entry.kinds:
        kind = facts["column.kind"]
        word = say(f"kind.{kind}").texts["de"] if has_phrase(f"kind.{kind}") else kind
        reasons.append(say("chosen.kind", kind=Prose({"en": kind, "de": word})))
    found = reasons[0] if reasons else say("chosen.default")
    for reason in reasons[1:]:
        found = say("chosen.and", first=found, other=reason)
    return found


def choose_objective(documents: Sequence[Document]) -> tuple[Weighting, str | None]:
    """The nearest policy's objective, and a conflict if two equally near ones differ."""
    for _, tier in itertools.groupby(documents, key=lambda d: d.distance):
        found = [(d.name, d.weighting) for d in tier if d.weighting is not None]
        if found:
            first = found[0][1]
            differing = [name for name, weighting in found if weighting != first]
            names = [found[0][0], *differing]
            return first, say("choice.objectives", policies=names) if differing else None
    return Weighting(Objective(), ()), None


def choose_weight(weighting: Weighting, name: str) -> tuple[Fraction, str | None]:
    """A column's weight: an exact name before patterns; and a conflict if two patterns differ."""
    matching = [(p, w) for p, names, w in weighting.weights if names.match(name)]
    exact = [(p, w) for p, w in matching if "*" not in p]
    found = exact or matching
    if not found:
        return Fraction(1), None
    if len({w for _, w in found}) > 1:
        patterns = " and ".join(repr(p) for p, _ in found)
        return found[0][1], say("choice.weights", name=name, patterns=patterns)
    return found[0][1], None


def choose_suppressed(documents: Sequence[Document]) -> Literal["drop", "star"]:
    """What becomes of suppressed records: star only if a policy says so and none says drop."""
    said = {d.suppressed for d in documents}
    return "star" if "star" in said and "drop" not in said else "drop"
