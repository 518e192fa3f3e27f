"""Finds what can never apply because policies of the chain contradict each other.

Within one file that is found where a rule is compiled; here are the contradictions that show only
where a policy is looked at with all that it extends, and with the conditions on columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from kiaim_server.policy.contradictions import Effort, can_hold
from kiaim_server.policy.document import FORM_VIOLATIONS, Document, Rule
from kiaim_server.policy.expression import Expression, compile_condition

#: Models about single attributes are demanded of sensitive ones alone.
_SENSITIVE: Final = compile_condition("column.role = 'sensitive'", about_column=True)

#: Place of a rule, or None for the policy as a whole; and what is wrong.
Fault = tuple[str | None, str]


def unreachable(documents: Sequence[Document]) -> Iterator[Fault]:
    """What of the first document can never apply, given those that it extends."""
    effort = Effort()
    own = documents[0]
    applies = [line for document in documents for line in document.applies]
    if not can_hold(effort, applies):
        parents = ", ".join(d.name for d in documents[1:] if d.applies)
        text = f"the policy can never apply: its 'applies' contradicts that of {parents}"
        yield None, f"{text}; narrow the one or extend another policy"
        return
    for rule in own.rules:
        if len(documents) > 1 and not can_hold(effort, [*applies, *rule.when], rule.unless):
            text = f"rule {rule.id!r} can never apply: it contradicts 'applies' of a policy that is"
            yield rule.place, f"{text} extended; delete it or correct its 'when'"
        else:
            yield from _without_columns(effort, rule, applies)


def _without_columns(effort: Effort, rule: Rule, applies: Sequence[Expression]) -> Iterator[Fault]:
    """Demands and orders whose columns no column can be among, wherever the rule applies."""
    where = [*applies, *rule.when]
    parts: list[tuple[str, list[Expression]]] = [
        (order.transform.name, [order.columns]) for order in rule.orders
    ]
    for demand in rule.demands:
        if demand.columns is not None:
            sensitive = [] if demand.measure == FORM_VIOLATIONS else [_SENSITIVE]
            parts.append((demand.measure, [demand.columns, *sensitive]))
    for name, columns in parts:
        if not can_hold(effort, [*where, *columns], rule.unless):
            text = (
                f"{name!r} of rule {rule.id!r} can concern no column: its 'columns' contradicts "
                "'when', 'applies' or that the model is about sensitive columns; correct it"
            )
            yield rule.place, text
