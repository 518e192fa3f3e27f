"""Type checks of comparisons: one that can never hold, or always holds, is an error."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from kiaim_server.policy.facts import FactType
from kiaim_server.policy.logic import Term
from kiaim_server.policy.spelling import did_you_mean
from kiaim_server.policy.tokens import ExpressionError

_FLIPPED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def check_pair(symbol: str, left: Term, right: Term) -> None:
    """Refuse a comparison of different types, or with a value that the fact cannot have."""
    a, b = left.type, right.type
    if a.base == "list" or b.base == "list":
        whole = left if a.base == "list" else right
        raise ExpressionError(whole.at, "this is a list; write 'fact in [...]' or 'list has value'")
    if a.base != b.base:
        raise ExpressionError(
            right.at, f"cannot compare {a.base} {symbol} {b.base}; write a {a.base}"
        )
    if symbol not in ("=", "!=") and a.base != "number":
        raise ExpressionError(right.at, f"{symbol!r} compares numbers, not {a.base} values")
    if left.fact is None and right.fact is None and not (left.counts or right.counts):
        raise ExpressionError(
            left.at,
            "two values are compared and no fact, so it is always the same; name a fact",
            "P305",
        )
    if left.fact and left.fact == right.fact:
        raise ExpressionError(
            right.at, f"{left.fact!r} is compared with itself; name another", "P305"
        )
    if right.constant is not None:
        _check_value(left, right.constant, right.at)
    elif left.constant is not None:
        _check_value(right, left.constant, left.at)
    elif a.values and b.values and not set(a.values) & set(b.values):
        raise ExpressionError(
            right.at, f"{left.fact!r} and {right.fact!r} have no value in common", "P305"
        )


def check_in(part: Term, whole: Term) -> None:
    """Refuse membership in what is no list, or of a value that the list cannot have."""
    if whole.type.base != "list":
        raise ExpressionError(whole.at, f"expected a list or a set, found a {whole.type.base}")
    if part.type.base not in ("text", "number"):
        raise ExpressionError(part.at, f"a {part.type.base} cannot be in a list")
    if part.fact is None and whole.fact is None and not part.counts:
        raise ExpressionError(part.at, "no fact is looked at, so it is always the same", "P305")
    if isinstance(whole.constant, tuple):
        named_set = bool(whole.type.values)
        if named_set and part.type.values != whole.type.values:
            raise ExpressionError(
                part.at, f"{whole.type.label!r} is a set of countries; compare a country with it"
            )
        if not named_set:
            for value in whole.constant:
                _check_kind(part, value, whole.at)
                _check_value(part, value, whole.at)
    elif part.type.base != "text":
        raise ExpressionError(part.at, f"{whole.fact!r} is a list of texts")
    elif isinstance(part.constant, str):
        _check_text(whole.fact or "", whole.type, part.constant, part.at)


def _check_kind(part: Term, value: Any, at: int) -> None:
    base = "text" if isinstance(value, str) else "number"
    if base != part.type.base:
        raise ExpressionError(at, f"cannot compare {part.type.base} with a list of {base}s")


def _check_value(fact: Term, value: Any, at: int) -> None:
    """Refuse a literal that the fact can never have."""
    name = fact.fact or "the count"
    if isinstance(value, str):
        _check_text(name, fact.type, value, at)


def _check_text(name: str, type_: FactType, value: str, at: int) -> None:
    if type_.values and value not in type_.values:
        allowed = type_.label or ", ".join(type_.values)
        message = (
            f"{value!r} is not a value of {name} ({allowed}){did_you_mean(value, type_.values)}"
        )
        raise ExpressionError(at, message)


def check_range(symbol: str, left: Term, right: Term) -> None:
    """Refuse a comparison with a number that decides it whatever the fact is."""
    fact, number, op = left, right.constant, symbol
    if number is None:
        fact, number, op = right, left.constant, _FLIPPED.get(symbol, symbol)
    at = right.at if right.constant is not None else left.at
    if not isinstance(number, Fraction) or (fact.fact is None and not fact.counts):
        return
    type_ = fact.type
    name = fact.fact or "a count"
    never, always = _decided(op, number, type_.low, type_.high)
    if type_.integer and number.denominator != 1 and op in ("=", "!="):
        never, always = op == "=", op == "!="
    if never or always:
        hint = f" (write {number}% for a share)" if type_.high == 1 and 1 < number <= 100 else ""
        outcome = "never" if never else "always"
        raise ExpressionError(
            at, f"{name} is a {type_.description}, so this {outcome} holds{hint}", "P305"
        )


def _decided(
    op: str, number: Fraction, low: Fraction | None, high: Fraction | None
) -> tuple[bool, bool]:
    """Whether a comparison with `number` never or always holds for values in [low, high]."""
    below = low is not None and number < low
    above = high is not None and number > high
    at_low, at_high = number == low, number == high
    return {
        "=": (below or above, False),
        "!=": (False, below or above),
        "<": (below or at_low, above),
        "<=": (below, above or at_high),
        ">": (above or at_high, below),
        ">=": (above, below or at_low),
    }[op]
