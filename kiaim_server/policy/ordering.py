"""Merges the transforms that rules order for a column: the stricter wins, never a guess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kiaim_server.model.attribute import Attribute, ColumnProfile, Role
from kiaim_server.model.contract import Transform
from kiaim_server.model.plan import PlannedTransform
from kiaim_server.policy.binding import canonical
from kiaim_server.policy.document import Order

#: Places in the order of strictness (`Transform.strictness`).
_PSEUDONYMISE: Final = 3


@dataclass(frozen=True)
class Ordered:
    """An order with the id of its rule."""

    rule: str
    order: Order


@dataclass(frozen=True)
class Treatment:
    """What happens to a column, and what was in the way.

    `action` and `granularity` are facts for later conditions. `blocks` and `warnings` are pairs
    of a rule's id and a sentence.
    """

    transforms: tuple[PlannedTransform, ...]
    action: str
    granularity: str | None
    blocks: tuple[tuple[str, str], ...] = ()
    warnings: tuple[tuple[str, str], ...] = ()

    @property
    def removed(self) -> bool:
        """Whether the column leaves the table."""
        return self.action == "remove"


def treat(attribute: Attribute, profile: ColumnProfile, orders: Sequence[Ordered]) -> Treatment:
    """Merge all orders for one column; their order does not matter."""
    name = attribute.name
    if not orders:
        action = "generalise" if attribute.role is Role.QUASI else "keep"
        return _checked(attribute, 0, Treatment((), action, profile.granularity))
    ranked = sorted(orders, key=lambda o: (-o.order.transform.strictness, o.rule))
    top = ranked[0].order.transform.strictness
    winners = [o for o in ranked if o.order.transform.strictness == top]
    merged: Transform = winners[0].order.transform
    parameters: Mapping[str, Any] = winners[0].order.parameters
    for other in winners[1:]:
        joined = _joined(merged, other.order.transform)
        if joined is None:
            message = (
                f"column {name!r}: {winners[0].rule} orders {merged.name!r} and {other.rule} "
                "orders "
                f"{other.order.transform.name!r}, of which none is stricter; narrow the columns "
                "of one"
            )
            return Treatment((), "keep", profile.granularity, ((other.rule, message),))
        parameters = _parameters(joined, merged, parameters, other.order)
        merged = joined
    planned = PlannedTransform(
        merged.name, parameters, tuple(dict.fromkeys(o.rule for o in winners))
    )
    action = "remove" if merged.removes_column else merged.action
    granularity = merged.granularity or profile.granularity
    warnings = tuple(_replaced(name, merged, winners[0].rule, ranked))
    return _checked(attribute, top, Treatment((planned,), action, granularity, (), warnings))


def _joined(a: Transform, b: Transform) -> Transform | None:
    return a.merged(b) or b.merged(a)


def _parameters(
    joined: Transform, first: Transform, parameters: Mapping[str, Any], other: Order
) -> Mapping[str, Any]:
    """Parameters of the joined transform: those of the order it equals, else read from it."""
    if joined == first:
        return parameters
    if joined == other.transform:
        return other.parameters
    schema = joined.Parameters()
    loaded = {
        f.attribute or key: getattr(joined, f.attribute or key) for key, f in schema.fields.items()
    }
    return canonical(schema, loaded, loaded)


def _replaced(
    name: str, winner: Transform, rule: str, ranked: Sequence[Ordered]
) -> list[tuple[str, str]]:
    """Say which orders were replaced by a stricter one, unless that is plain from the removal."""
    found = []
    for ordered in ranked:
        loser = ordered.order.transform
        matters = (
            loser.strictness >= _PSEUDONYMISE if winner.removes_column else loser.strictness > 0
        )
        if loser.strictness < winner.strictness and matters:
            message = (
                f"column {name!r}: {loser.name!r} is replaced by {winner.name!r} of {rule}, "
                "which is stricter"
            )
            found.append((ordered.rule, message))
    return found


def _checked(attribute: Attribute, strictness: int, treatment: Treatment) -> Treatment:
    """A direct identifier that nothing removes or pseudonymises blocks, whatever the policy."""
    if attribute.role is not Role.DIRECT or strictness >= _PSEUDONYMISE or treatment.removed:
        return treatment
    message = (
        f"column {attribute.name!r} is a direct identifier and no rule that applies removes or "
        "pseudonymises it"
    )
    block = (attribute.rules[0], message)
    return Treatment(
        treatment.transforms, treatment.action, treatment.granularity, (block,), treatment.warnings
    )
