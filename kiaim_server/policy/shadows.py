"""Finds orders that a stricter order always replaces: a child's ``pseudonymise`` under the
parent's unconditional ``remove`` never takes effect, and its author should know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kiaim_server.policy.contradictions import Effort, implies
from kiaim_server.policy.document import Document, Order, Rule


def shadowed_orders(documents: Sequence[Document]) -> Iterator[tuple[str, str, str]]:
    """Place, code and message for each order of the first document that never takes effect."""
    if not documents:
        return
    effort = Effort()
    every = [(rule, order) for d in documents for rule in d.rules for order in rule.orders]
    for rule in documents[0].rules:
        for order in rule.orders:
            for other_rule, other in every:
                if effort.left > 0 and _shadows(effort, other_rule, other, rule, order):
                    yield (
                        rule.place,
                        "P403",
                        f"{order.transform.name!r} of rule {rule.id!r} never takes effect: "
                        "wherever it applies, "
                        f"{other_rule.id!r} orders {other.transform.name!r}, which is stricter; "
                        "delete it or narrow its columns",
                    )
                    break


def _shadows(effort: Effort, strict_rule: Rule, strict: Order, rule: Rule, order: Order) -> bool:
    stricter, milder = strict.transform, order.transform
    if milder.subsumes(stricter) or not stricter.subsumes(milder):
        return False
    return implies(
        effort,
        [*rule.when, order.columns],
        rule.unless,
        [*strict_rule.when, strict.columns],
        strict_rule.unless,
    )
