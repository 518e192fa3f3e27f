"""Finds what has grown old in a policy file: its review, and what somebody looked up long ago."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Final

from kiaim_server.policy.source import Mapping, Node
from kiaim_server.policy.tree import scalar_at, text_at, value_at

#: Months after which a source has to be looked up again.
MONTHS: Final = 12


def aged(root: Node, today: datetime.date) -> Iterator[tuple[Node, str, str]]:
    """Place, code and message: W503 for the review, W507 for each source.

    A source that states no day of checking is not spoken of; a retired policy needs neither.
    """
    if text_at(root, "status") == "retired":
        return
    found = _day(value_at(root, "effective"), "review_by")
    if found is not None and found[1] < today:
        yield (
            found[0],
            "W503",
            f"the policy should have been reviewed by {found[1]}; review it, and write the day of "
            "the next review",
        )
    sources = value_at(root, "sources")
    for name, entry in sources.entries.items() if isinstance(sources, Mapping) else ():
        checked = _day(entry.value, "checked")
        if checked is not None and (words := _stale(checked[1], today)):
            yield (
                checked[0],
                "W507",
                f"source {name!r} {words}; look it up again, and write the day",
            )


def _stale(checked: datetime.date, today: datetime.date) -> str:
    """What is wrong with the day on which a source was checked; empty if nothing is."""
    if checked > today:
        return f"was checked on {checked}, which is still to come"
    if _later(checked) < today:
        return f"was last checked on {checked}, more than {MONTHS} months ago"
    return ""


def _later(day: datetime.date) -> datetime.date:
    """The same day `MONTHS` later; of the 29th of February the 28th where there is no other."""
    years, month = divmod(day.month - 1 + MONTHS, 12)
    year = day.year + years
    if year > datetime.MAXYEAR:
        return datetime.date.max
    try:
        return day.replace(year=year, month=month + 1)
    except ValueError:
        return day.replace(year=year, month=month + 1, day=28)


def _day(node: Node | None, key: str) -> tuple[Node, datetime.date] | None:
    """The day under a key and its place; None if there is none, or none that can be read."""
    found = scalar_at(node, key)
    try:
        return (found, datetime.date.fromisoformat(str(found.value))) if found else None
    except ValueError:
        return None  # reported by the schema
