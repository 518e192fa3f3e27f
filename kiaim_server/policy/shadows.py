"""Finds orders that a stricter order always replaces: a child's ``pseudonymise`` under the
parent's unconditional ``remove`` never takes effect, and its author should know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kiaim_server.policy.contradictions import Effort, implies
from kiaim_server.policy.document import Document, Order, Rule


def shadowed_orders(documents: Sequence[Document]) -> Iterator[tuple[str, str, str]]:
    """Place, code and message for each order of the first document that never takes effect."""
    if not documents:
        return
    effort = Effort()
    kinds: dict[str, list[tuple[Rule, Order]]] = {}
    for document in documents:
        for rule in document.rules:
            for order in rule.orders:
                kinds.setdefault(_kind(order), []).append((rule, order))
    stricter = _Stricter(effort, {kind: found[0][1] for kind, found in kinds.items()})
    for rule in documents[0].rules:
        for order in rule.orders:
            others = (pair for kind in stricter.than(_kind(order)) for pair in kinds[kind])
            for other_rule, other in others:
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


def _kind(order: Order) -> str:
    """What orders of the same transform with the same parameters have in common."""
    return f"{order.transform.name} {sorted(order.parameters.items(), key=str)!r}"


@dataclass
class _Stricter:
    """Which kinds of orders are stricter than one; each pair is asked for once, and has a price."""

    effort: Effort
    orders: Mapping[str, Order]
    _known: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def than(self, kind: str) -> tuple[str, ...]:
        """The kinds that do all that `kind` does, and more."""
        if kind not in self._known:
            self.effort.left -= len(self.orders)
            found = self.orders.items() if self.effort.left > 0 else ()
            milder = self.orders[kind].transform
            self._known[kind] = tuple(
                other
                for other, order in found
                if order.transform.subsumes(milder) and not milder.subsumes(order.transform)
            )
        return self._known[kind]


def _shadows(effort: Effort, strict_rule: Rule, strict: Order, rule: Rule, order: Order) -> bool:
    return implies(
        effort,
        [*rule.when, order.columns],
        rule.unless,
        [*strict_rule.when, strict.columns],
        strict_rule.unless,
    )
