"""Holds the waivers that a manifest tells of against its clauses and its day.

What a rule said before it was relaxed is no property of the file, so it cannot be counted again.
What can be checked is that a waiver was in force on the day of the release, that two persons
answer for it, and that no clause asks for less than it allows.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from kiaim_server.audit.checks import Check
from kiaim_server.model.bounds import parse_bound
from kiaim_server.model.waiver import in_words

#: Persons who have to answer for a waiver.
_APPROVERS: Final = 2
#: A demand that persons meet, and no file.
_STATEMENT: Final = "attestation"


def check_waivers(manifest: Mapping[str, Any]) -> Iterator[Check]:
    """One check per waiver; its detail says what was relaxed, why, and who answers for it."""
    for waiver in manifest.get("waivers", ()):
        named = [c for c in manifest["clauses"] if waiver["id"] in c.get("waivers", ())]
        faults = list(_faults(waiver, named, manifest["created"]))
        yield Check(f"waiver {waiver['id']}", not faults, " ".join([*faults, _told(waiver)]))


def _told(waiver: Mapping[str, Any]) -> str:
    subjects = f" for {', '.join(waiver['subjects'])}" if waiver["subjects"] else ""
    reason = str(waiver["reason"]).rstrip(".")
    return (
        f"{in_words(waiver['replaces'])} of {waiver['rule']} was relaxed to "
        f"{in_words(waiver['by'])}{subjects}, approved by {' and '.join(waiver['approved_by'])} "
        f"until {waiver['until']}: {reason}."
    )


def _faults(
    waiver: Mapping[str, Any], named: Sequence[Mapping[str, Any]], created: str
) -> Iterator[str]:
    if len(_persons(waiver["approved_by"])) < _APPROVERS:
        yield f"Fewer than {_APPROVERS} different persons answer for it."
    day = _day(created)
    if day is None or day > date.fromisoformat(waiver["until"]):
        yield f"It was not in force on the day of the release ({created})."
    yield from _clause_faults(waiver, named)


def _clause_faults(waiver: Mapping[str, Any], named: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    measure, allowed = _demand(waiver["by"])
    if measure and not named:
        yield "No clause is said to be relaxed by it."
    attributes = {clause["attribute"] for clause in named} - {None}
    if measure and attributes != set(waiver["subjects"]):
        yield "The attributes that it is said to be for are not those of the clauses."
    for clause in named:
        if clause["measure"] != measure or waiver["rule"] not in clause["rules"]:
            yield f"The clause on {clause['measure']} is not about what it relaxes."
        elif not _within(clause, allowed):
            yield f"The clause on {clause['measure']} asks for less than it allows."


def _demand(part: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The measure that it bounds and how; nothing for what is no clause."""
    for measure, bounds in part.get("require", {}).items():
        if measure != _STATEMENT:
            return str(measure), bounds
    return "", {}


def _within(clause: Mapping[str, Any], allowed: Mapping[str, Any]) -> bool:
    """Whether the clause is at least as strict as what the waiver puts in place."""
    low, high = clause["at_least"], clause["at_most"]
    if "at_least" in allowed and (
        low is None or parse_bound(low) < parse_bound(allowed["at_least"])
    ):
        return False
    return "at_most" not in allowed or (
        high is not None and parse_bound(high) <= parse_bound(allowed["at_most"])
    )


def _persons(names: Sequence[str]) -> set[str]:
    """The names as letters and digits alone, each once."""
    spelt = (unicodedata.normalize("NFKC", name).casefold() for name in names)
    return {"".join(filter(str.isalnum, name)) for name in spelt} - {""}


def _day(created: str) -> date | None:
    """The day of the release in UTC; None if there is no telling."""
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return None
    return moment.astimezone(UTC).date() if moment.tzinfo else moment.date()
