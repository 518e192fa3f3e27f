"""The release context: validated against the table of facts, never guessed."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from kiaim_server.errors import ContextError
from kiaim_server.model.bounds import format_bound, parse_bound
from kiaim_server.policy.facts import CONTEXT_FACTS, DERIVED, Fact
from kiaim_server.policy.schema import noun, shown
from kiaim_server.policy.spelling import did_you_mean

_GROUPS: Final = frozenset(name.split(".")[0] for name in CONTEXT_FACTS if "." in name)
_ATTESTED: Final = "attested"


@dataclass(frozen=True)
class Statement:
    """An attestation that was given: by whom and when."""

    by: str
    on: datetime.date


@dataclass(frozen=True)
class ReleaseContext:
    """Facts of a release.

    Attributes
    ----------
    facts
        What conditions look at; unknown facts are absent.
    shown
        The same in JSON types, as it goes into reports and manifests.
    statements
        Attestations by name.
    """

    facts: Mapping[str, Any]
    shown: Mapping[str, Any]
    statements: Mapping[str, Statement]


def read_context(context: Mapping[str, Any]) -> ReleaseContext:
    """Validate a release context.

    Facts are given flat (``release.access``) or nested (``release: {access: ...}``); None means
    unknown. ``attested`` maps names of attestations to ``{by: person, on: date}``.

    Raises
    ------
    ContextError
        Every unknown name and every value of the wrong type, with what is allowed.
    """
    faults: list[str] = []
    facts: dict[str, Any] = {}
    plain: dict[str, Any] = {}
    statements: dict[str, Statement] = {}
    for name, value in _flat(context):
        try:
            if name == _ATTESTED:
                statements.update(_statements(value))
            elif name.startswith("attested."):
                statements.update(_statements({name.removeprefix("attested."): value}))
            elif name in facts:
                faults.append(f"{name} is given twice")
            elif value is not None:
                fact = _fact(name)
                facts[name] = _checked(fact, value)
                plain[name] = _shown(facts[name])
        except ValueError as fault:
            faults.append(str(fault))
    if faults:
        raise ContextError("release context: " + "; ".join(faults))
    facts[_ATTESTED] = tuple(sorted(statements))
    if statements:
        plain[_ATTESTED] = {
            name: {"by": s.by, "on": s.on.isoformat()} for name, s in sorted(statements.items())
        }
    return ReleaseContext(facts, dict(sorted(plain.items())), statements)


def fact_from_text(name: str, text: str) -> Any:
    """A fact's value from a command line: ``true``, ``9%``, ``gdpr,hipaa`` by the fact's type.

    Raises
    ------
    ContextError
        For an unknown fact, or a text that is no value of it.
    """
    try:
        if name.startswith("attested."):
            by, _, on = text.rpartition("@")
            if not by:
                raise ValueError(f"{name}: write who and when, as in {name}='A. Person@2026-11-24'")
            return {"by": by, "on": on}
        fact = _fact(name)
        if fact.type.base == "list":
            return [part.strip() for part in text.split(",") if part.strip()]
        if fact.type.base == "boolean":
            if text.lower() not in ("true", "false"):
                raise ValueError(f"{name} is true or false, not {shown(text)}")
            return text.lower() == "true"
        return _checked(fact, text)
    except ValueError as fault:
        raise ContextError(f"release context: {fault}") from None


def _flat(context: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in context.items():
        if name in _GROUPS and isinstance(value, Mapping):
            for inner, inner_value in value.items():
                yield f"{name}.{inner}", inner_value
        else:
            yield str(name), value


def _fact(name: str) -> Fact:
    if name in DERIVED:
        raise ValueError(f"{name} is counted and cannot be given")
    if name not in CONTEXT_FACTS:
        hint = did_you_mean(name, CONTEXT_FACTS) or f"; there are: {', '.join(CONTEXT_FACTS)}"
        raise ValueError(f"unknown fact {shown(name)}{hint}")
    return CONTEXT_FACTS[name]


def _checked(fact: Fact, value: Any) -> Any:
    """The value in the form that conditions compare."""
    base = fact.type.base
    if base == "boolean":
        if not isinstance(value, bool):
            raise ValueError(f"{fact.name} is true or false, not {noun(value)}")
        return value
    if base == "number":
        return _number(fact, value)
    if base == "list":
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            raise ValueError(f"{fact.name} is a {fact.type.description}, not {noun(value)}")
        return tuple(sorted({_word(fact, v) for v in value}))
    if not isinstance(value, str):
        raise ValueError(f"{fact.name} is {fact.type.description}, not {noun(value)}")
    return _word(fact, value)


def _word(fact: Fact, value: str) -> str:
    if fact.type.values and value not in fact.type.values:
        hint = did_you_mean(value, fact.type.values)
        raise ValueError(
            f"{fact.name}: {shown(value)} is no value; it is {fact.type.description}{hint}"
        )
    return value


def _number(fact: Fact, value: Any) -> Fraction:
    try:
        number = parse_bound(value)
    except ValueError as error:
        raise ValueError(f"{fact.name}: {shown(value)} {error}") from None
    type_ = fact.type
    too_low = type_.low is not None and number < type_.low
    too_high = type_.high is not None and number > type_.high
    if too_low or too_high or (type_.integer and number.denominator != 1):
        raise ValueError(f"{fact.name}: {shown(value)} is no {type_.description}")
    return number


def _shown(value: Any) -> Any:
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else format_bound(value)
    return list(value) if isinstance(value, tuple) else value


def _statements(value: Any) -> Iterator[tuple[str, Statement]]:
    if value is None:
        return
    if not isinstance(value, Mapping):
        raise ValueError('attested maps names to {by: person, on: "2026-11-24"}')
    for name, inner in value.items():
        if not isinstance(inner, Mapping) or set(inner) != {"by", "on"}:
            raise ValueError(f"attested: {name} needs 'by' (a person) and 'on' (a date)")
        by, on = inner["by"], inner["on"]
        if not isinstance(by, str) or not by.strip():
            raise ValueError(f"attested: {name}: 'by' is the name of a person")
        if isinstance(on, str):
            try:
                on = datetime.date.fromisoformat(on)
            except ValueError:
                raise ValueError(
                    f'attested: {name}: {shown(on)} is no date; write "2026-11-24"'
                ) from None
        if not isinstance(on, datetime.date) or isinstance(on, datetime.datetime):
            raise ValueError(f"attested: {name}: 'on' is a date such as \"2026-11-24\"")
        yield str(name), Statement(by.strip(), on)
