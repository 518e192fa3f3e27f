"""Merges the transforms that rules order for a column: every demand is met, or it blocks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from kiaim_server.language import say
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

    `transforms` are applied in their order. `action` and `granularity` are facts for later
    conditions; `action` is that of the strictest transform, of equally strict ones the last.
    `blocks` and `warnings` are pairs of a rule's id and a sentence.
    """

    transforms: tuple[PlannedTransform, ...]
    action: str
    granularity: str | None
    blocks: tuple[tuple[str, str], ...] = ()
    warnings: tuple[tuple[str, str], ...] = ()
    needs_hierarchy: bool = False

    @property
    def removed(self) -> bool:
        """Whether the column leaves the table."""
        return self.action == "remove"


@dataclass(frozen=True)
class _Step:
    """A transform, its parameters as a policy writes them, and the rules that order it."""

    transform: Transform
    parameters: Mapping[str, Any]
    rules: tuple[str, ...]


#: What merging came to, by the orders: the same rules often order the same for many columns.
Known = dict[tuple[tuple[str, int], ...], "_Merged"]


@dataclass(frozen=True)
class _Merged:
    """Steps in the order of their application, or two that have none; and what was replaced."""

    chain: list[_Step] | tuple[_Step, _Step]
    replaced: list[tuple[_Step, _Step]]


def treat(
    attribute: Attribute,
    profile: ColumnProfile,
    orders: Sequence[Ordered],
    known: Known | None = None,
) -> Treatment:
    """Merge all orders for one column; their order does not matter.

    Transforms that can be joined are; one is left out only where another one subsumes it; the
    others are applied in the order in which each can follow those before it. Without such an
    order the column blocks. `known` is shared by columns that are treated under the same policy.
    """
    if not orders:
        action = "generalise" if attribute.role is Role.QUASI else "keep"
        return _checked(attribute, 0, Treatment((), action, profile.granularity))
    known = {} if known is None else known
    key = tuple((o.rule, id(o.order)) for o in orders)
    if key not in known:
        known[key] = _merge(orders)
    chain, replaced = known[key].chain, known[key].replaced
    if isinstance(chain, tuple):
        return Treatment((), "keep", profile.granularity, (_conflict(attribute.name, *chain),))
    strictest = max(reversed(chain), key=lambda s: s.transform.strictness).transform
    granularities = [s.transform.granularity for s in chain if s.transform.granularity]
    treatment = Treatment(
        tuple(
            PlannedTransform(s.transform.name, s.parameters, s.rules, s.transform.summary)
            for s in chain
        ),
        "remove" if strictest.removes_column else strictest.action,
        granularities[-1] if granularities else profile.granularity,
        (),
        tuple(_replaced(attribute.name, replaced)),
        any(s.transform.needs_hierarchy for s in chain),
    )
    return _checked(attribute, strictest.strictness, treatment)


def _merge(orders: Sequence[Ordered]) -> _Merged:
    ranked = sorted(orders, key=lambda o: (-o.order.transform.strictness, o.rule))
    merged = _joined([_Step(o.order.transform, o.order.parameters, (o.rule,)) for o in ranked])
    steps, replaced = _without_subsumed(merged)
    return _Merged(_in_order(steps), replaced)


def _joined(steps: Sequence[_Step]) -> list[_Step]:
    """Join steps until no two of them can be joined. Each pair is asked once: O(steps^2)."""
    found = list(steps)
    every = list(steps)  # keeps all alive, so that their ids stay their own
    apart: set[tuple[int, int]] = set()
    joining = True
    while joining:
        joining = False
        for a, b in itertools.combinations(found, 2):
            if (id(a), id(b)) in apart:
                continue
            joined = a.transform.merged(b.transform) or b.transform.merged(a.transform)
            if joined is not None:
                rules = tuple(dict.fromkeys((*a.rules, *b.rules)))
                step = _Step(joined, _parameters(joined, a, b), rules)
                every.append(step)
                found[found.index(a)] = step
                found.remove(b)
                joining = True
                break
            apart.add((id(a), id(b)))
    return found


def _parameters(joined: Transform, first: _Step, other: _Step) -> Mapping[str, Any]:
    """Parameters of the joined transform: those of the order it equals, else read from it."""
    if joined == first.transform:
        return first.parameters
    if joined == other.transform:
        return other.parameters
    schema = joined.Parameters()
    loaded = {
        f.attribute or key: getattr(joined, f.attribute or key) for key, f in schema.fields.items()
    }
    return canonical(schema, loaded, loaded)


def _without_subsumed(steps: Sequence[_Step]) -> tuple[list[_Step], list[tuple[_Step, _Step]]]:
    """The steps that have to be applied, and pairs of a step left out and the one that does it."""
    kept = list(steps)
    replaced = []
    for step in reversed(steps):  # the milder ones first
        others = [s for s in kept if s is not step]
        winner = next((s for s in others if s.transform.subsumes(step.transform)), None)
        if winner is not None:
            kept = others
            replaced.append((step, winner))
    return kept, replaced


def _in_order(steps: Sequence[_Step]) -> list[_Step] | tuple[_Step, _Step]:
    """An order in which every step follows all before it, or two steps that have none."""
    waiting = sorted(steps, key=lambda s: (s.transform.strictness, s.transform.name, s.rules))
    chain: list[_Step] = []
    while waiting:
        first = next((s for s in waiting if _can_precede(s, waiting)), None)
        if first is None:
            pairs = itertools.combinations(waiting, 2)
            return next((p for p in pairs if not _compatible(*p)), (waiting[0], waiting[1]))
        waiting.remove(first)
        chain.append(first)
    return chain


def _can_precede(step: _Step, others: Sequence[_Step]) -> bool:
    return all(o is step or o.transform.follows(step.transform) for o in others)


def _compatible(a: _Step, b: _Step) -> bool:
    return a.transform.follows(b.transform) or b.transform.follows(a.transform)


def _conflict(name: str, a: _Step, b: _Step) -> tuple[str, str]:
    first, other = sorted((a, b), key=lambda s: s.rules)
    return (
        other.rules[0],
        say(
            "transforms.conflict",
            name=name,
            first_rule=first.rules[0],
            first=first.transform.name,
            other_rule=other.rules[0],
            other=other.transform.name,
        ),
    )


def _replaced(name: str, pairs: Sequence[tuple[_Step, _Step]]) -> Iterator[tuple[str, str]]:
    """Say which orders another one does as well, unless that is plain from the removal."""
    for step, winner in pairs:
        loser = step.transform
        removes = winner.transform.removes_column
        if loser.strictness >= _PSEUDONYMISE if removes else loser.strictness > 0:
            message = say(
                "transforms.replaced",
                name=name,
                loser=loser.name,
                winner=winner.transform.name,
                rule=winner.rules[0],
            )
            yield from ((rule, message) for rule in step.rules)


def _checked(attribute: Attribute, strictness: int, treatment: Treatment) -> Treatment:
    """A direct identifier that nothing removes or pseudonymises blocks, whatever the policy."""
    if attribute.role is not Role.DIRECT or strictness >= _PSEUDONYMISE or treatment.removed:
        return treatment
    message = say("transforms.direct", name=attribute.name)
    return replace(treatment, blocks=((attribute.rules[0], message),))
