"""Tolerant access to the tree of a policy file: what has the wrong shape is not there.

The wrong shape was reported already (`kiaim_server.policy.structure`); the compiler goes on with
what is right, so that one run finds every fault.
"""

from __future__ import annotations

from collections.abc import Iterator

from kiaim_server.policy.source import Mapping, Node, Scalar, Sequence


def value_at(node: Node | None, key: str) -> Node | None:
    """The value under a key, or None."""
    if isinstance(node, Mapping) and key in node.entries:
        return node.entries[key].value
    return None


def scalar_at(node: Node | None, key: str) -> Scalar | None:
    """The text under a key with its place, or None."""
    found = value_at(node, key)
    return found if isinstance(found, Scalar) and isinstance(found.value, str) else None


def text_at(node: Node | None, key: str, default: str = "") -> str:
    """The text under a key, or `default`."""
    found = scalar_at(node, key)
    return str(found.value) if found else default


def flag_at(node: Node | None, key: str) -> bool:
    """Whether the key says true."""
    found = value_at(node, key)
    return isinstance(found, Scalar) and found.value is True


def mappings_at(node: Node | None, key: str) -> Iterator[Mapping]:
    """The mappings in the list under a key."""
    found = value_at(node, key)
    if isinstance(found, Sequence):
        yield from (item for item in found.items if isinstance(item, Mapping))


def scalars_at(node: Node | None, key: str) -> tuple[Scalar, ...]:
    """The texts under a key: one, or a list of them."""
    found = value_at(node, key)
    nodes = found.items if isinstance(found, Sequence) else (found,)
    return tuple(n for n in nodes if isinstance(n, Scalar) and isinstance(n.value, str))
