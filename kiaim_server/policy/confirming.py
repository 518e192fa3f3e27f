"""Keeps a draft from running: what was guessed has to be confirmed by a person, line by line.

``confirmed: false`` marks an entry of ``classify``, ``hierarchies`` or ``person`` that a program
proposed. ``as: undecided`` marks a column that it does not dare to propose a role for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kiaim_server.policy.source import Mapping, Scalar
from kiaim_server.policy.tree import mappings_at, scalar_at, value_at

#: Stands in ``as`` for a role that a person has to choose.
UNDECIDED: Final = "undecided"

#: Place, code, message.
Fault = tuple[Scalar, str, str]

_CODE: Final = "P132"


def unconfirmed(root: Mapping) -> Iterator[Fault]:
    """Every guess in a file that nobody has confirmed yet."""
    for key in ("classify", "hierarchies"):
        for entry in mappings_at(root, key):
            yield from _of_entry(entry)
    person = value_at(root, "person")
    if isinstance(person, Mapping):
        yield from _of_entry(person)


def _of_entry(entry: Mapping) -> Iterator[Fault]:
    role = scalar_at(entry, "as")
    if role is not None and role.value == UNDECIDED:
        message = "nobody has decided yet; write direct, quasi, sensitive or insensitive"
        yield role, _CODE, message
    confirmed = value_at(entry, "confirmed")
    if isinstance(confirmed, Scalar) and confirmed.value is False:
        message = (
            "a guess that nobody has confirmed; check this entry, then write 'confirmed: true', "
            "or correct it"
        )
        yield confirmed, _CODE, message
