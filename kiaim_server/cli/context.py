"""Release contexts from the command line: ``-c KEY=VALUE`` and ``-c @context.yaml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from kiaim_server.errors import ContextError

#: Below this key are names of attestations, not facts.
_ATTESTED: Final = "attested"


def read_context(given: Sequence[str]) -> dict[str, Any]:
    """Merge contexts; a later one replaces facts of an earlier one, attestations add up.

    A value is read by the type of its fact: ``true``, ``9%``, ``gdpr,hipaa`` or ``[gdpr, hipaa]``
    for a list, and for an attestation ``attested.NAME='A. Person@2026-11-24'``. In files, YAML 1.2
    is spoken: ``NO`` is a text. Keys may be dotted or nested.

    Raises
    ------
    ContextError
        No ``=``, no such file, no YAML, or a file that is no mapping.
    """
    context: dict[str, Any] = {}
    for item in given:
        for key, value in _facts(item).items():
            if key == _ATTESTED:
                context.setdefault(_ATTESTED, {}).update(_attestations(value, item))
            else:
                context[key] = value
    return context


def _facts(item: str) -> dict[str, Any]:
    if item.startswith("@"):
        return _flatten(_from_file(Path(item[1:])))
    key, equals, text = item.partition("=")
    key, text = key.strip(), text.strip()
    if not equals or not key:
        raise ContextError(f"-c {item}: expected KEY=VALUE or @FILE, e.g. -c release.access=public")
    if text.startswith(("[", "{", '"', "'")):
        return _flatten({key: parse_value(text, f"-c {key}")})
    from kiaim_server.policy import fact_from_text

    return _flatten({key: fact_from_text(key, text)})


def _from_file(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ContextError(f"-c @{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ContextError(f"-c @{path}: not UTF-8") from None
    found = parse_value(text, str(path))
    if not isinstance(found, Mapping):
        raise ContextError(f"{path}: expected a mapping of facts, e.g. 'release.access: public'")
    return found


def parse_value(text: str, source: str) -> Any:
    """A value in YAML, e.g. ``[5, 10]``; messages call it `source`.

    Raises
    ------
    ContextError
        If it is no YAML.
    """
    from kiaim_server.policy.source import plain, read_source

    read = read_source(text, source)
    if read.faults or read.root is None:
        raise ContextError("; ".join(str(fault) for fault in read.faults))
    return plain(read.root)


def _flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Turn ``{release: {access: x}}`` into ``{release.access: x}``, and gather attestations."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        if name.startswith(f"{_ATTESTED}."):
            flat.setdefault(_ATTESTED, {})[name.removeprefix(f"{_ATTESTED}.")] = value
        elif isinstance(value, Mapping) and name != _ATTESTED:
            flat |= _flatten(value, f"{name}.")
        else:
            flat[name] = value
    return flat


def _attestations(value: Any, item: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ContextError(
            f"-c {item}: 'attested' maps names to who attested and when, e.g. "
            "{release-decision: {by: 'Dr. A. Example', on: '2026-11-24'}}"
        )
    return value
