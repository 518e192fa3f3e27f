"""Conditions in words: ``release.access = 'public' and data.subjects < 1000`` as a clause.

A clause begins without a capital and ends without a full stop. In German it is a main clause, so
it stands after a colon, not after a conjunction. "Not" moves inward, which three-valued logic
allows, so that what is denied is said of the fact itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from kiaim_server.language import numbers
from kiaim_server.language.catalogue import Formatter, has_phrase, phrase
from kiaim_server.model.bounds import parse_bound
from kiaim_server.model.condition import Form

#: Facts that are shares, shown in percent.
SHARES: Final = frozenset({"data.sampling_fraction", "column.distinct_share"})
_OPPOSITE: Final = {
    "=": "!=",
    "!=": "=",
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
    "in": "not in",
    "not in": "in",
    "known": "not known",
    "not known": "known",
    "and": "or",
    "or": "and",
    "any": "no",
    "no": "any",
}
#: Facts whose clauses do not go with "neither ... nor".
_PLAINLY_DENIED: Final = frozenset({"legal.art6", "legal.art9", "data.domain"})
_FLIPPED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_NAMES: Final = {
    "=": "exactly",
    "!=": "other",
    "<": "below",
    "<=": "at_most",
    ">": "above",
    ">=": "at_least",
}


def clause(form: Form, language: str, *, negated: bool = False, inner: bool = False) -> str:
    """A condition in words.

    Parameters
    ----------
    negated
        Say the opposite.
    inner
        Whether it is part of a larger condition, so that what is joined needs brackets.
    """
    if "fact" in form:
        return phrase(f"fact.{form['fact']}.{'no' if negated else 'yes'}", language)
    op, parts = form["op"], form["parts"]
    if op == "not":
        return clause(parts[0], language, negated=not negated, inner=inner)
    if op in ("any", "no", "every"):
        return _quantified(op, parts, language, negated=negated, inner=inner)
    op = _OPPOSITE[op] if negated else op
    if op in ("and", "or"):
        told = [clause(part, language, negated=negated, inner=True) for part in parts]
        joined = Formatter(language).joined(told, phrase(f"word.{op}", language))
        return phrase("condition.brackets", language, inner=joined) if inner else joined
    if op in ("known", "not known"):
        name = "condition.known" if op == "known" else "condition.not_known"
        question = phrase(f"fact.{parts[0]['fact']}.question", language)
        return phrase(name, language, question=question)
    if op in ("in", "not in"):
        return _member(parts[0], parts[1], language, negated=op == "not in")
    return _compared(op, parts[0], parts[1], language)


def amount(op: str, number: str, language: str, *, share: bool) -> str:
    """``fewer than 1,000``, ``at most 9 %``."""
    name = f"amount.{_NAMES[op]}"
    if op == "<" and share:
        name = "amount.less"
    exact = parse_bound(number)
    formatter = Formatter(language)
    text = numbers.percent(float(exact), language) if share else formatter.bound(exact)
    return phrase(name, language, number=text)


def value_of(fact: str, form: Form, language: str) -> str:
    """A value as it is put into the clauses of its fact."""
    if "text" in form:
        key = f"value.{fact}.{form['text']}"
        if has_phrase(key):
            return phrase(key, language)
        if fact in ("legal.art6", "legal.art9"):
            return str(form["text"])
        if fact == "recipient.country":
            return str(form["text"])
        return phrase("value.quoted", language, value=form["text"])
    if "number" in form:
        return Formatter(language).bound(form["number"])
    return phrase(f"truth.{str(form['flag']).lower()}", language)


def columns(form: Form, language: str) -> tuple[str, bool]:
    """The columns that a condition chooses, and whether they have a name of their own.

    ``all direct identifiers``, or by what has to hold of them, which ends in a clause.
    """
    if form.get("op") == "=" and form["parts"][0].get("fact") == "column.role":
        return phrase(f"roles.{form['parts'][1]['text']}", language), True
    return phrase("columns.where", language, condition=clause(form, language)), False


def _quantified(
    op: str, parts: Sequence[Form], language: str, *, negated: bool, inner: bool
) -> str:
    if op == "every":
        name = "condition.not_every" if negated else "condition.every"
        told = phrase(
            name,
            language,
            body=clause(parts[0], language, inner=True),
            then=clause(parts[1], language, inner=True),
        )
    else:
        op = _OPPOSITE[op] if negated else op
        told = phrase(f"condition.{op}", language, body=clause(parts[0], language))
    return phrase("condition.brackets", language, inner=told) if inner else told


def _compared(op: str, left: Form, right: Form, language: str) -> str:
    if _is_value(left):
        left, right, op = right, left, _FLIPPED[op]
    fact = left.get("fact")
    if fact is None or not _is_value(right):
        return phrase(
            f"compare.{_NAMES[op]}",
            language,
            left=_noun(left, language),
            right=_noun(right, language),
        )
    if "number" in right:
        told = amount(op, right["number"], language, share=fact in SHARES)
        return phrase(f"fact.{fact}.amount", language, amount=told)
    if "flag" in right:
        holds = right["flag"] is (op == "=")
        return phrase(f"fact.{fact}.{'yes' if holds else 'no'}", language)
    return _said(fact, [right], language, negated=op == "!=")


def _member(part: Form, whole: Form, language: str, *, negated: bool) -> str:
    if "fact" in whole and _is_value(part):
        return _said(whole["fact"], [part], language, negated=negated)
    fact = part.get("fact")
    if fact is not None and "set" in whole:
        return phrase(f"fact.{fact}.{'not' if negated else 'is'}.{whole['set']}", language)
    if fact is not None and "list" in whole and not has_phrase(f"fact.{fact}.amount"):
        return _said(fact, whole["list"], language, negated=negated)
    return phrase(
        "compare.not_in" if negated else "compare.in",
        language,
        left=_noun(part, language),
        right=_noun(whole, language),
    )


def _said(fact: str, values: Sequence[Form], language: str, *, negated: bool) -> str:
    """That a fact is one of some values, or that it is none of them."""
    word = "not" if negated else "is"
    if len(values) == 1 and has_phrase(own := f"fact.{fact}.{word}.{values[0].get('text')}"):
        return phrase(own, language)
    if len(values) > 1 and any(value.get("text") == "none" for value in values):
        each = [_said(fact, [value], language, negated=negated) for value in values]
        joining = phrase("word.and" if negated else "word.or", language)
        return Formatter(language).joined(each, joining)
    told = [value_of(fact, value, language) for value in values]
    if negated and len(values) > 1 and fact not in _PLAINLY_DENIED:
        others = Formatter(language).joined(told[1:], phrase("word.nor", language))
        neither = phrase("value.neither", language, first=told[0], others=others)
        return phrase(f"fact.{fact}.is", language, value=neither)
    joined = Formatter(language).joined(told, phrase("word.or", language))
    return phrase(f"fact.{fact}.{word}", language, value=joined)


def _noun(form: Form, language: str) -> str:
    """What is compared, as a noun."""
    if "fact" in form:
        fact = form["fact"]
        if has_phrase(f"fact.{fact}.noun"):
            return phrase(f"fact.{fact}.noun", language)
        return phrase(
            "compare.answer", language, question=phrase(f"fact.{fact}.question", language)
        )
    if form.get("op") == "count":
        return phrase("compare.count", language, body=clause(form["parts"][0], language))
    if "set" in form:
        return str(form["set"]).upper()
    if "list" in form:
        told = [_noun(item, language) for item in form["list"]]
        return Formatter(language).joined(told, phrase("word.or", language))
    return value_of("", form, language)


def _is_value(form: Form) -> bool:
    return any(key in form for key in ("text", "number", "flag"))


def fact_value(name: str, value: Any, language: str) -> str:
    """A fact with its value, as a clause; that it is not known where the value is None.

    Values are as `kiaim_server.policy.tracing.plain_fact` writes them.
    """
    if value is None:
        question = phrase(f"fact.{name}.question", language)
        return phrase("condition.not_known", language, question=question)
    if isinstance(value, bool):
        return clause({"fact": name}, language, negated=not value)
    if isinstance(value, (list, tuple)):
        if not value:
            return phrase(
                "value.none", language, question=phrase(f"fact.{name}.question", language)
            )
        told = [value_of(name, {"text": str(item)}, language) for item in value]
        joined = Formatter(language).joined(told, phrase("word.and", language))
        return phrase(f"fact.{name}.is", language, value=joined)
    if has_phrase(f"fact.{name}.amount"):
        exact = parse_bound(value)
        shown = Formatter(language).bound(exact)
        if name in SHARES:
            shown = numbers.percent(float(exact), language)
        return phrase(f"fact.{name}.amount", language, amount=shown)
    return _compared("=", {"fact": name}, {"text": str(value)}, language)
