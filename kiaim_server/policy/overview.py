"""The shipped policies as Markdown: what each demands, and on which authority.

It is made of the policies themselves, so that the page cannot say anything else than they do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, Final

from kiaim_server.model.bounds import format_bound
from kiaim_server.model.plan import Citation
from kiaim_server.model.prose import in_language
from kiaim_server.policy.document import ATTESTATION, Demand, Document, Order, Policy, Rule
from kiaim_server.policy.library import PolicyLibrary

#: What each kind of source is worth, in a word or two.
_FORCE: Final = {
    "law": "law",
    "case-law": "case law",
    "guidance": "guidance",
    "standard": "standard",
    "contract": "contract",
    "convention": "convention",
}
_DECIDES: Final = {
    "block": "refuses",
    "review": "waits for a person",
    "warn": "puts a warning into the report",
}


def overview(library: PolicyLibrary, names: Sequence[str]) -> str:
    """Of each policy what it is, its numbers, rules, sources, and what it leaves out."""
    return "\n".join(line for name in names for line in _policy(library.get(name)))


def _policy(policy: Policy) -> Iterator[str]:
    own = policy.documents[0]
    yield f"## {policy.name}\n"
    yield f"**{policy.title}** · *{in_language(policy.title, 'de')}* · version {policy.version}\n"
    yield f"{policy.summary}\n"
    parents = [f"[{d.name}](#{d.name})" for d in policy.documents[1:]]
    if parents:
        yield f"Extends {', '.join(parents)}; what that demands holds as well.\n"
    yield f"Applies if {' and '.join(_code(e.text) for e in own.applies)}.\n"
    yield from _numbers(policy, own)
    yield from _rules(own)
    yield from _sources(own)
    yield "Not covered:\n"
    yield from (f"- {sentence}" for sentence in own.not_covered)
    yield ""


def _numbers(policy: Policy, own: Document) -> Iterator[str]:
    used = {name for rule in own.rules for e in (*rule.when, *rule.unless) for name in e.parameters}
    declared = [
        p for p in policy.parameters.values() if p.declared_by == own.name or p.name in used
    ]
    if not declared:
        return
    yield "| Parameter | Value | Stricter | What it is |"
    yield "|---|---|---|---|"
    for parameter in declared:
        value = _number(parameter.value)
        yield (
            f"| `{parameter.name}` | {value} | {parameter.stricter or 'fixed'} "
            f"| {parameter.describe} |"
        )
    yield ""


def _rules(own: Document) -> Iterator[str]:
    yield "| Rule | Applies | Demands | On the authority of |"
    yield "|---|---|---|---|"
    for rule in own.rules:
        yield (
            f"| `{rule.id.rpartition('/')[2]}`: {rule.title} | {_conditions(rule)} "
            f"| {'; '.join(_effects(rule))} | {', '.join(map(_authority, rule.citations))} |"
        )
    yield ""


def _conditions(rule: Rule) -> str:
    when = " and ".join(_code(e.text) for e in rule.when) or "always"
    unless = " or ".join(_code(e.text) for e in rule.unless)
    return f"{when}, unless {unless}" if unless else when


def _effects(rule: Rule) -> Iterator[str]:
    yield from map(_order, rule.orders)
    yield from map(_demand, rule.demands)
    if rule.decide is not None:
        yield _DECIDES[rule.decide]


def _order(order: Order) -> str:
    parameters = [f"{key} {_number(value)}" for key, value in order.parameters.items()]
    inner = f" ({', '.join(parameters)})" if parameters else ""
    return f"{order.transform.name}{inner} where {_code(order.columns.text)}"


def _demand(demand: Demand) -> str:
    if demand.measure == ATTESTATION:
        age = demand.parameters.get("max_age_days")
        limit = f", at most {age} days old" if age is not None else ""
        return f"a statement {_code(str(demand.parameters['of']))}{limit}"
    inner = ", ".join(
        f"{key} {_number(value)}" for key, value in demand.parameters.items() if key != "sha256"
    )
    bounds = [
        f"{word} {_number(bound)}"
        for word, bound in (("at least", demand.at_least), ("at most", demand.at_most))
        if bound is not None
    ]
    where = f" where {_code(demand.columns.text)}" if demand.columns is not None else ""
    return f"{demand.measure}{f' ({inner})' if inner else ''} {' and '.join(bounds)}{where}"


def _authority(citation: Citation) -> str:
    return f"{citation.id} ({_FORCE[citation.kind]})"


def _sources(own: Document) -> Iterator[str]:
    cited = {c.id: c for rule in own.rules for c in rule.citations}
    yield "| Source | Force | What it is | Read |"
    yield "|---|---|---|---|"
    for name, citation in cited.items():
        says = f": {citation.says}" if citation.says else ""
        read = citation.checked or "not in the original"
        if citation.id.startswith("own-"):
            read = "\u2013"
        yield f"| {name} | {_FORCE[citation.kind]} | {citation.cite}{says} | {read} |"
    yield ""


def _number(value: Any) -> str:
    return format_bound(value) if isinstance(value, Fraction) else str(value)


def _code(text: str) -> str:
    return f"`{' '.join(text.split())}`"
