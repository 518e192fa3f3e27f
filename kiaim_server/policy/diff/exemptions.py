"""Compares what two policies allow to be relaxed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kiaim_server.model.waiver import in_words
from kiaim_server.policy.diff.clauses import Clause, Proven, Status, line, same_words, status_of
from kiaim_server.policy.diff.proofs import Direction, key_of
from kiaim_server.policy.diff.sides import Side
from kiaim_server.policy.document import Waiver


def waiver_clauses(
    old: Side, new: Side, forwards: Direction, backwards: Direction
) -> Iterator[Clause]:
    """One clause per waiver of either policy: it is the only thing that loosens by being added."""
    before, after = old.waivers, new.waivers
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        entry = now or was
        if entry is None:
            continue
        if was is None or now is None:
            proven = Proven(was is not None, now is not None)
            status: Status = "added" if was is None else "removed"
        else:
            proven = Proven(
                _as_narrow(was, now, old, new, forwards, backwards),
                _as_narrow(now, was, new, old, backwards, forwards),
            )
            status = status_of(proven)
            if _meaning(was, old) == _meaning(now, new) and proven.effect == "none":
                said = [[w.reason, *w.approved_by] for w in (was, now)]
                same = same_words(*said) and was.citations == now.citations
                status = "unchanged" if same else "reworded"
        words = [None if w is None else _words(w) for w in (was, now)]
        yield Clause("waiver", name, status, proven.effect, words[0], words[1], "", entry.place)


def waived(side: Side) -> frozenset[str]:
    """The rules that some waiver relaxes."""
    return frozenset(side.name_of(waiver.rule) for waiver in side.waivers.values())


def transforms_differ(old: Side, new: Side) -> bool:
    """Whether orders are relaxed in another way."""
    return _of_transforms(old) != _of_transforms(new)


def _of_transforms(side: Side) -> set[Any]:
    return {
        (name, repr(_meaning(waiver, side)), waiver.until)
        for name, waiver in side.waivers.items()
        if waiver.kind == "transform"
    }


def _as_narrow(
    first: Waiver,
    second: Waiver,
    before: Side,
    after: Side,
    direction: Direction,
    turned: Direction,
) -> bool:
    """Whether the second waiver surely relaxes no more, nowhere else, and for no longer."""
    if _relaxing(first, before) != _relaxing(second, after) or second.until > first.until:
        return False
    columns = turned.reaches(second.columns, first.columns, first_surely=True, second_surely=True)
    return columns and direction.narrows(first.when, second.when)


def _relaxing(waiver: Waiver, side: Side) -> Any:
    return side.name_of(waiver.rule), waiver.kind, waiver.entries, waiver.replaces, waiver.by


def _meaning(waiver: Waiver, side: Side) -> Any:
    columns = None if waiver.columns is None else key_of(waiver.columns, side.values)
    when = tuple(key_of(e, side.values) for e in waiver.when)
    return _relaxing(waiver, side), when, columns, waiver.until


def _words(waiver: Waiver) -> str:
    scope = [line(e) for e in waiver.when]
    scope += [line(waiver.columns)] if waiver.columns is not None else []
    where = f" where {' and '.join(scope)}" if scope else ""
    instead = f"{in_words(waiver.by)} instead of {in_words(waiver.replaces)}"
    return f"{waiver.rule}: {instead}{where}, until {waiver.until}"
