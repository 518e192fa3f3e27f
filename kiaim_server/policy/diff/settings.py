"""Compares what two policies say outside of classification and rules."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from kiaim_server.model.bounds import format_bound
from kiaim_server.model.prose import texts_of
from kiaim_server.policy.choosing import choose_objective, choose_suppressed
from kiaim_server.policy.diff.clauses import Clause, Proven, Status, line, same_words, status_of
from kiaim_server.policy.diff.proofs import Direction, Moves, key_of
from kiaim_server.policy.diff.sides import Side
from kiaim_server.policy.document import Parameter, PersonSelector
from kiaim_server.policy.expression import Expression
from kiaim_server.policy.persons import LONGITUDINAL

_SUBJECTS: Final = "data.subjects"
#: Measures that ask for at least as much where classes are counted in persons.
_COUNTED: Final = frozenset(
    {
        "k-anonymity",
        "reidentification-risk",
        "sample-uniqueness",
        "suppressed-records",
        "attestation",
    }
)


def setting_clauses(
    old: Side, new: Side, forwards: Direction, backwards: Direction
) -> Iterator[Clause]:
    """Where the policies apply, parameters, validity, output, objective, and titles."""
    yield _applies(old, new, forwards, backwards)
    yield from _parameters(old, new)
    yield from _standing(old, new)
    yield from _output(old, new)
    yield from _objective(old, new)
    yield _texts(old, new)


def applies_of(side: Side) -> tuple[Expression, ...]:
    """All conditions under which a policy applies, its own and those of what it extends."""
    return tuple(e for d in side.policy.documents for e in d.applies)


def _applies(old: Side, new: Side, forwards: Direction, backwards: Direction) -> Clause:
    before, after = applies_of(old), applies_of(new)
    proven = Proven(forwards.narrows(before, after), backwards.narrows(after, before))
    keys = [
        sorted(key_of(e, side.values) for e in lines)
        for side, lines in ((old, before), (new, after))
    ]
    status: Status = "unchanged"
    if keys[0] != keys[1] or proven.effect != "none":
        status = status_of(proven, equal="reworded")
    was, now = (" and ".join(map(line, lines)) or "always" for lines in (before, after))
    return Clause("applies", new.policy.name, status, proven.effect, was, now, "", new.policy.file)


def _parameters(old: Side, new: Side) -> Iterator[Clause]:
    before, after = old.policy.parameters, new.policy.parameters
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        if was is None or now is None:
            status: Status = "added" if was is None else "removed"
            note = (
                "" if was is None else "a policy that extends this one and sets it has to drop it"
            )
            words = None if was is None else _parameter(was)
            yield Clause(
                "parameter",
                name,
                status,
                "none",
                words,
                None if now is None else _parameter(now),
                note,
            )
            continue
        proven = _as_strict(was, now)
        same = replace(was, declared_by=now.declared_by, describe=now.describe) == now
        said = same_words([was.describe], [now.describe])
        status = ("unchanged" if said else "reworded") if same else status_of(proven)
        note = "" if same or was.stricter == now.stricter else "its stricter direction changed"
        yield Clause(
            "parameter", name, status, proven.effect, _parameter(was), _parameter(now), note
        )


def _as_strict(was: Parameter, now: Parameter) -> Proven:
    """By the direction that both state; without one, what it changes shows where it is used."""
    a, b = was.value, now.value
    if was.type != now.type or {was.stricter, now.stricter} == {"higher", "lower"}:
        return Proven(False, False)
    if None in (was.stricter, now.stricter) or not (
        isinstance(a, Fraction) and isinstance(b, Fraction)
    ):
        return Proven(True, True)
    if was.stricter == "higher":
        return Proven(b >= a, a >= b)
    return Proven(b <= a, a <= b)


def _parameter(parameter: Parameter) -> str:
    def spelt(value: Fraction | str) -> str:
        return format_bound(value) if isinstance(value, Fraction) else value

    words = [spelt(parameter.value)]
    for word, bound in (("at least", parameter.at_least), ("at most", parameter.at_most)):
        words += [f"{word} {format_bound(bound)}"] if bound is not None else []
    words += [f"{parameter.stricter} is stricter"] if parameter.stricter else []
    return ", ".join(words)


def _standing(old: Side, new: Side) -> Iterator[Clause]:
    """Whether and when the policies refuse because of their age or state."""
    yield _judged("status", _retired(old), _retired(new), _states(old), _states(new), new)
    begins, ends = zip(_days(old), _days(new), strict=True)
    as_short = Proven(
        begins[1] >= begins[0] and ends[1] <= ends[0],
        begins[0] >= begins[1] and ends[0] <= ends[1],
    )
    was, now = (f"{_day(a)} to {_day(b)}" for a, b in (_days(old), _days(new)))
    status: Status = "unchanged" if was == now else status_of(as_short)
    yield Clause("validity", new.policy.name, status, as_short.effect, was, now)
    reviews = [
        ", ".join(str(d.validity.review_by) for d in side.policy.documents if d.validity.review_by)
        for side in (old, new)
    ]
    yield _judged("review_by", False, False, reviews[0], reviews[1], new)


def _judged(
    kind: str, was_stricter: bool, now_stricter: bool, was: str, now: str, new: Side
) -> Clause:
    proven = Proven(now_stricter or not was_stricter, was_stricter or not now_stricter)
    status: Status = "unchanged" if was == now else status_of(proven)
    return Clause(kind, new.policy.name, status, proven.effect, was, now)


def _retired(side: Side) -> bool:
    return any(d.status == "retired" for d in side.policy.documents)


def _states(side: Side) -> str:
    """The policy's own state, and those of retired ones that it extends."""
    own, *others = side.policy.documents
    return ", ".join([own.status, *(f"{d.name} retired" for d in others if d.status == "retired")])


def _days(side: Side) -> tuple[datetime.date, datetime.date]:
    validities = [d.validity for d in side.policy.documents]
    return (
        max((v.begins for v in validities if v.begins), default=datetime.date.min),
        min((v.ends for v in validities if v.ends), default=datetime.date.max),
    )


def _day(day: datetime.date) -> str:
    return "any day" if day in (datetime.date.min, datetime.date.max) else day.isoformat()


def _output(old: Side, new: Side) -> Iterator[Clause]:
    was, now = (choose_suppressed(side.policy.documents) for side in (old, new))
    yield _judged("output", was == "drop", now == "drop", was, now, new)


def _objective(old: Side, new: Side) -> Iterator[Clause]:
    """What the search minimises: no choice of it protects anybody better or worse."""
    words = []
    for side in (old, new):
        weighting, _ = choose_objective(side.policy.documents)
        chosen = weighting.objective
        weights = {pattern: format_bound(weight) for pattern, _, weight in weighting.weights}
        inner = ", ".join(f"{k} {v}" for k, v in {**chosen.parameters, **weights}.items())
        words.append(f"{chosen.loss}{f' ({inner})' if inner else ''}, {chosen.recoding}")
    yield _judged("objective", False, False, words[0], words[1], new)


def _texts(old: Side, new: Side) -> Clause:
    """Titles, summaries, and what the policies say that they do not cover."""
    said = [
        [
            [texts_of(d.title), texts_of(d.summary), [texts_of(t) for t in d.not_covered]]
            for d in side.policy.documents
        ]
        for side in (old, new)
    ]
    status: Status = "unchanged" if said[0] == said[1] else "reworded"
    was, now = (side.policy.title for side in (old, new))
    return Clause("texts", new.policy.name, status, "none", was, now)


def person_clauses(old: Side, new: Side) -> tuple[Clause | None, Moves, Moves]:
    """The clause about the person key, and which facts move, in either direction."""
    before, after = (_selectors(side) for side in (old, new))
    if not before and not after:
        return None, Moves(), Moves()
    meanings = [
        {name: _meaning(s, side) for name, s in found.items()}
        for side, found in ((old, before), (new, after))
    ]
    was, now = (
        "; ".join(f"{name}: {_person(s)}" for name, s in found.items()) or None
        for found in (before, after)
    )
    place = next(iter((after or before).values())).place
    if meanings[0] == meanings[1]:
        same = same_words(*([s.because for s in found.values()] for found in (before, after)))
        status: Status = "unchanged" if same else "reworded"
        return (
            Clause("person", new.policy.name, status, "none", was, now, "", place),
            Moves(),
            Moves(),
        )
    counted = all(map(_counts_alike, (old, new)))
    proven = Proven(not before and counted, not after and counted)
    status = status_of(proven) if before and after else ("added" if after else "removed")
    facts = frozenset({_SUBJECTS, LONGITUDINAL})
    moves = [
        Moves(facts, frozenset(), frozenset({LONGITUDINAL} if rises else ()))
        for rises in (not before, not after)
    ]
    note = "" if counted else "some of the measures are not comparable when persons are counted"
    clause = Clause("person", new.policy.name, status, proven.effect, was, now, note, place)
    return clause, moves[0], moves[1]


def _selectors(side: Side) -> dict[str, PersonSelector]:
    return {side.name_of(d.person.id): d.person for d in side.policy.documents if d.person}


def _meaning(selector: PersonSelector, side: Side) -> Any:
    patterns = frozenset(selector.names.patterns) if selector.names else None
    where = key_of(selector.where, side.values) if selector.where else None
    return patterns, frozenset(selector.detects), where


def _person(selector: PersonSelector) -> str:
    parts: Sequence[str] = selector.names.patterns if selector.names else ()
    chosen = ", ".join([*parts, *(f"detected {d}" for d in selector.detects)]) or "every column"
    return f"{chosen} where {line(selector.where)}" if selector.where else chosen


def _counts_alike(side: Side) -> bool:
    """Whether every demand is kept in records if it is kept in persons."""
    demands = [d for rule in side.rules.values() for d in rule.demands]
    return all(
        d.measure in _COUNTED
        or (d.measure == "l-diversity" and d.parameters.get("variant") == "distinct")
        for d in demands
    )
