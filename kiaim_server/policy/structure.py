"""Checks a tree against the schemas and places every message in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import marshmallow as ma
from marshmallow import fields

from kiaim_server.policy.schema import MappingOf, PolicySchema
from kiaim_server.policy.source import MAX_FAULTS, Mapping, Mark, Node, Scalar, Sequence, plain
from kiaim_server.policy.spelling import did_you_mean

Path = tuple[str | int, ...]
#: Place, code, message.
Fault = tuple[Mark, str, str]

_CODED: Final = re.compile(r"([PW]\d{3})(?: (.*))?\Z", re.DOTALL)
_NO_CODE: Final = "P106"


def structural_faults(root: Node, schema: type[ma.Schema] = PolicySchema) -> tuple[Fault, ...]:
    """Departures of the tree from the schema: all, or more than anybody reads."""
    if not isinstance(root, Mapping):
        return (
            (root.mark, "P102", "expected a mapping with the keys schema, policy, version, ..."),
        )
    checker = schema()  # takes longer than a check, so there is one for all faults
    errors = checker.validate(plain(root))
    # In the order of the file: marshmallow tells unknown keys in that of a set.
    flat = sorted(_flat(errors, ()), key=lambda fault: _reached(root, fault[0]))
    faults = (_placed(root, checker, path, text) for path, text in flat)
    aliases = _aliases(root)
    # One more than are shown: whoever shows them says then that there are more.
    return tuple(islice((f for f in faults if f[0] not in aliases), MAX_FAULTS + 1))


def _aliases(node: Node) -> set[Mark]:
    """Places of aliases: they have no value, which was reported already."""
    if isinstance(node, Scalar):
        return {node.mark} if node.style == "*" else set()
    if isinstance(node, Sequence):
        return set().union(*map(_aliases, node.items))
    return set().union(*(_aliases(entry.value) for entry in node.entries.values()))


def _flat(errors: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(errors, dict):
        for key, inner in errors.items():
            yield from _flat(inner, path if key == "_schema" else (*path, key))
    elif isinstance(errors, list):
        for inner in errors:
            yield from _flat(inner, path)
    else:
        yield path, str(errors)


def _reached(root: Node, path: Path) -> Mark:
    """The place up to which the tree goes along a path."""
    node, mark = root, root.mark
    for key in path:
        if isinstance(node, Mapping) and isinstance(key, str) and key in node.entries:
            mark, node = node.entries[key].mark, node.entries[key].value
        elif isinstance(node, Sequence) and isinstance(key, int) and key < len(node.items):
            node = node.items[key]
            mark = node.mark
    return mark


def _placed(root: Mapping, schema: ma.Schema, path: Path, message: str) -> Fault:
    """Walk as far as the tree goes along `path`; the last step decides key or value."""
    node: Node = root
    mark = root.mark
    last = len(path) - 1
    for step, key in enumerate(path):
        if isinstance(node, Mapping) and isinstance(key, str) and key in node.entries:
            entry = node.entries[key]
            about_key = (message == "P104" and step == last) or path[step + 1 :] == ("key",)
            mark = entry.mark if about_key else entry.value.mark
            node = entry.value
        elif isinstance(node, Sequence) and isinstance(key, int) and key < len(node.items):
            node = node.items[key]
            mark = node.mark
        elif isinstance(key, str) and key not in ("key", "value"):  # of a field with free keys
            return mark, "P105", f"the key {key!r} is missing; add it"
    if message == "P104":
        known = _keys_at(schema, path[:-1])
        hint = did_you_mean(str(path[-1]), known) or f"; allowed are {', '.join(known)}"
        return mark, "P104", f"unknown key {path[-1]!r}{hint}"
    if message.startswith("Field may not be null"):
        message = "P106 expected a value, found nothing; write it, or delete the key"
    coded = _CODED.match(message)
    return (mark, coded[1], coded[2] or "") if coded else (mark, _NO_CODE, message)


def _keys_at(schema: ma.Schema, path: Path) -> list[str]:
    """Keys that the schema allows at a path."""
    current = schema
    for key in path:
        found: Any = next(
            (f for name, f in current.fields.items() if (f.data_key or name) == key), None
        )
        if isinstance(found, fields.List):
            found = found.inner
        if isinstance(found, fields.Nested | MappingOf):
            current = found.schema
    return [f.data_key or name for name, f in current.fields.items()]
