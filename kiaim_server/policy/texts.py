"""Texts of a policy file: one in its main language, or several by language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import marshmallow as ma
from marshmallow import fields

from kiaim_server.model.prose import LANGUAGES, Prose
from kiaim_server.policy.findings import Findings
from kiaim_server.policy.schema import MappingOf, PolicySchema, Words
from kiaim_server.policy.source import Mapping, Node, Scalar, Sequence
from kiaim_server.policy.tree import scalars_at, value_at

#: What a policy is in that says nothing of its language.
DEFAULT: Final = LANGUAGES[0]

#: Names of languages in messages.
_NAMES: Final = {"en": "English", "de": "German"}


def languages_of(root: Node) -> tuple[str, ...]:
    """The languages of a file, its main one first."""
    said = (str(s.value) for s in scalars_at(root, "language"))
    known = tuple(dict.fromkeys(code for code in said if code in LANGUAGES))
    return known or (DEFAULT,)


@dataclass(frozen=True)
class Texts:
    """Reads the texts of one file; `languages` are those that it lists, its main one first."""

    languages: tuple[str, ...]

    def at(self, node: Node | None, key: str) -> Prose:
        """The text under a key, white space folded; an empty one if there is none."""
        return self.of(value_at(node, key))

    def each(self, node: Node | None, key: str) -> tuple[Prose, ...]:
        """The texts in the list under a key."""
        found = value_at(node, key)
        items = found.items if isinstance(found, Sequence) else ()
        return tuple(text for text in map(self.of, items) if text)

    def of(self, node: Node | None) -> Prose:
        """The text that a node is."""
        found = _written(node, self.languages[0])
        order = dict.fromkeys((*self.languages, *LANGUAGES))
        texts = {code: found[code] for code in order if code in found}
        return Prose(texts or {self.languages[0]: ""})


def check_texts(root: Node, findings: Findings) -> None:
    """P105: a text without the main language. W508: one that lacks another listed language."""
    languages = languages_of(root)
    main, others = languages[0], languages[1:]
    for node, names_only in _prose(root, PolicySchema()):
        found = _written(node, main)
        if isinstance(node, Mapping) and main not in found:
            findings.add(
                node,
                "P105",
                f"the key {main!r} is missing: it is the policy's main language; add the text in "
                f"{_NAMES[main]}, or write another 'language'",
            )
        lacking = [_NAMES[code] for code in others if code not in found]
        if lacking and found and not names_only:
            findings.add(
                node,
                "W508",
                f"the policy lists {' and '.join(_NAMES[c] for c in languages)}, but this text is "
                f"not there in {' and '.join(lacking)}; write "
                f"{{{main}: ..., {', '.join(f'{c}: ...' for c in others)}}}",
            )


def _written(node: Node | None, main: str) -> dict[str, str]:
    """Language -> text as written; what has the wrong shape is not there."""
    if isinstance(node, Mapping):
        inner = {code: entry.value for code, entry in node.entries.items()}
    else:
        inner = {} if node is None else {main: node}
    return {
        code: " ".join(scalar.value.split())
        for code, scalar in inner.items()
        if code in LANGUAGES
        and isinstance(scalar, Scalar)
        and isinstance(scalar.value, str)
        and scalar.value.strip()
    }


def _prose(node: Node, schema: ma.Schema) -> Iterator[tuple[Node, bool]]:
    """All texts of a tree, and whether each is a name that need not be translated."""
    if not isinstance(node, Mapping):
        return
    for name, field in schema.fields.items():
        entry = node.entries.get(field.data_key or name)
        if entry is not None:
            yield from _prose_in(entry.value, field)


def _prose_in(node: Node, field: fields.Field[Any]) -> Iterator[tuple[Node, bool]]:
    if isinstance(field, Words):
        yield node, field.name_only
    elif isinstance(field, fields.List) and isinstance(node, Sequence):
        for item in node.items:
            yield from _prose_in(item, field.inner)
    elif isinstance(field, MappingOf) and isinstance(node, Mapping):
        for entry in node.entries.values():
            yield from _prose(entry.value, field.schema)
    elif isinstance(field, fields.Nested):
        yield from _prose(node, field.schema)
