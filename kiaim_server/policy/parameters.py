"""Parameters of policies: declared once, then set by extending policies in one direction only."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal, cast

from kiaim_server.model.bounds import format_bound, parse_bound
from kiaim_server.policy.document import Parameter
from kiaim_server.policy.findings import Findings
from kiaim_server.policy.schema import shown
from kiaim_server.policy.source import Mapping, Node, Scalar
from kiaim_server.policy.texts import Texts, languages_of
from kiaim_server.policy.tree import text_at, value_at

#: Keys that only the declaring policy may write.
_DECLARING = ("type", "at_least", "at_most", "stricter")


def with_parameters(
    root: Node, policy: str, inherited: dict[str, Parameter], findings: Findings
) -> dict[str, Parameter]:
    """The inherited parameters with those that this file declares or sets."""
    result = dict(inherited)
    block = value_at(root, "parameters")
    if not isinstance(block, Mapping):
        return result
    for name, entry in block.entries.items():
        if not isinstance(entry.value, Mapping):
            continue
        if not name.isidentifier():
            findings.add(
                entry.mark,
                "P124",
                f"{shown(name)} is no parameter name; write letters, digits and _",
            )
        elif name in inherited:
            found = _set(inherited[name], entry.value, findings)
            result[name] = found or inherited[name]
        elif (declared := _declare(name, policy, root, entry.value, findings)) is not None:
            result[name] = declared
    return result


def _declare(
    name: str, policy: str, root: Node, node: Mapping, findings: Findings
) -> Parameter | None:
    kind = text_at(node, "type")
    if kind not in ("integer", "number", "share", "text"):
        if value_at(node, "type") is None:
            findings.add(
                node,
                "P105",
                f"the key 'type' is missing: {name!r} is no parameter of a policy that this one "
                "extends",
            )
        return None
    default = value_at(node, "default")
    value = _value(default, kind, findings)
    if value is None or default is None:
        return None
    direction = text_at(node, "stricter")
    stricter = direction if direction in ("higher", "lower") else None
    at_least, at_most = (_limit(node, key) for key in ("at_least", "at_most"))
    parameter = Parameter(
        name,
        cast(Literal["integer", "number", "share", "text"], kind),
        value,
        at_least,
        at_most,
        cast(Literal["higher", "lower"] | None, stricter),
        policy,
        Texts(languages_of(root)).at(node, "describe"),
    )
    _check_limits(parameter, default, findings)
    return parameter


def _set(parent: Parameter, node: Mapping, findings: Findings) -> Parameter | None:
    """A parent's parameter with the value that this file gives it."""
    for key in _DECLARING:
        if (extra := value_at(node, key)) is not None:
            findings.add(
                extra,
                "P402",
                f"{key!r} of {parent.name!r} is declared by {parent.declared_by}; write only "
                "'default'",
            )
    default = value_at(node, "default")
    value = _value(default, parent.type, findings)
    if value is None or default is None:
        return None
    if value != parent.value and parent.stricter is None:
        findings.add(
            default,
            "P402",
            f"{parent.name!r} has no direction 'stricter' in {parent.declared_by}, so an "
            "extending policy may not change it",
        )
        return None
    if isinstance(value, Fraction) and isinstance(parent.value, Fraction):
        weaker = value < parent.value if parent.stricter == "higher" else value > parent.value
        if weaker:
            findings.add(
                default,
                "P402",
                f"{parent.name!r} is weakened from {format_bound(parent.value)} to "
                f"{format_bound(value)}; "
                "a policy that extends another may only tighten; a waiver relaxes one rule",
            )
            return None
    changed = Parameter(
        parent.name,
        parent.type,
        value,
        parent.at_least,
        parent.at_most,
        parent.stricter,
        parent.declared_by,
        parent.describe,
    )
    _check_limits(changed, default, findings)
    return changed


def _value(node: Node | None, kind: str, findings: Findings) -> Fraction | str | None:
    if not isinstance(node, Scalar) or node.value is None:
        return None
    value: Any = node.value
    if kind == "text":
        if isinstance(value, str):
            return value
        findings.add(node, "P106", f"expected text, found {shown(value)}; put it in quotes")
        return None
    try:
        number = parse_bound(value)
    except ValueError as error:
        findings.add(node, "P106", f"{shown(value)} {error}")
        return None
    if kind == "integer" and number.denominator != 1:
        findings.add(node, "P106", f"{shown(value)} is not a whole number")
        return None
    if kind == "share" and not 0 <= number <= 1:
        hint = (
            f" (write {value}% or {float(number) / 100:g})"
            if 1 < number <= 100 and "%" not in str(value)
            else ""
        )
        findings.add(node, "P121", f"{value} is not a share between 0 and 1{hint}")
        return None
    return number


def _limit(node: Mapping, key: str) -> Fraction | None:
    found = value_at(node, key)
    try:
        return parse_bound(found.value) if isinstance(found, Scalar) else None
    except ValueError:
        return None  # reported by the schema


def _check_limits(parameter: Parameter, place: Node, findings: Findings) -> None:
    value = parameter.value
    if not isinstance(value, Fraction):
        return
    low, high = parameter.at_least, parameter.at_most
    if low is not None and high is not None and low > high:
        findings.add(
            place,
            "P127",
            f"{parameter.name!r}: at_least {format_bound(low)} is above at_most "
            f"{format_bound(high)}; correct one of them",
        )
    if low is not None and value < low:
        findings.add(
            place,
            "P303",
            f"{parameter.name!r}: {format_bound(value)} is below at_least {format_bound(low)}; "
            "choose a value within the limits",
        )
    if high is not None and value > high:
        findings.add(
            place,
            "P303",
            f"{parameter.name!r}: {format_bound(value)} is above at_most {format_bound(high)}; "
            "choose a value within the limits",
        )
