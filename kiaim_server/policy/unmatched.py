"""Tells which names of columns in a policy are probably misspelt, seen from the table at hand.

A policy may name columns of other tables, so a name that fits none is told only where a rule's
condition compares with it, which then does nothing, or where a column is called nearly so. Shipped
policies list names for any table; of theirs none is told.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Final

from kiaim_server.language import say
from kiaim_server.model.attribute import ColumnProfile
from kiaim_server.model.naming import NamePatterns, folded
from kiaim_server.model.prose import Prose
from kiaim_server.policy.document import Document, Rule

#: How alike two spellings are that are probably the same word, from 0 to 1.
_ALIKE: Final = 0.85
#: Names that one note lists at most.
_LISTED: Final = 5

#: A policy and a sentence.
Note = tuple[str, Prose]


def unmatched(documents: Sequence[Document], profiles: Sequence[ColumnProfile]) -> Iterator[Note]:
    """Names in the policies that no column has. O(names that fit none * columns)."""
    squeezed = {folded(p.name).replace("_", ""): p.name for p in profiles}
    spelt = {folded(p.name) for p in profiles}
    for document in documents:
        if document.status == "shipped":
            continue
        for entry, names in _named(document):
            for name, pattern in names.exact.items():
                if name not in squeezed and (column := _nearly(name, squeezed)):
                    text = say("note.nearly_column", entry=entry, name=pattern, column=column)
                    yield document.name, text
        for rule in document.rules:
            if missing := sorted(_names_in(rule) - spelt):
                names_ = ", ".join(missing[:_LISTED]) + (", ..." if missing[_LISTED:] else "")
                yield document.name, say("note.no_such_column", rule=rule.id, names=names_)


def _named(document: Document) -> Iterator[tuple[str, NamePatterns]]:
    """What chooses columns by name: entries by their id, and weights."""
    yield from ((c.id, c.names) for c in document.classifiers if c.names is not None)
    yield from ((h.id, h.names) for h in document.hierarchies if h.names is not None)
    if document.weighting is not None:
        yield from (("weights", names) for _, names, _ in document.weighting.weights)


def _nearly(name: str, squeezed: dict[str, str]) -> str | None:
    """The column that is called nearly so: of about the same length, and alike at one end."""
    near = [
        other
        for other in squeezed
        if abs(len(other) - len(name)) <= 2 and (other[:2] == name[:2] or other[-2:] == name[-2:])
    ]
    found = difflib.get_close_matches(name, near, n=1, cutoff=_ALIKE)
    return squeezed[found[0]] if found else None


def _names_in(rule: Rule) -> set[str]:
    """Names of columns that the conditions of a rule compare with."""
    conditions = [*rule.when, *rule.unless, *(order.columns for order in rule.orders)]
    conditions += [demand.columns for demand in rule.demands if demand.columns is not None]
    groups = (group for e in conditions for group in e.constants.get("column.name", ()))
    return {str(name) for group in groups for name in group}
