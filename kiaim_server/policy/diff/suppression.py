"""Compares how many records two policies allow to be suppressed.

Where no rule that applies speaks of suppression, no record may be suppressed. So a rule with a
bound loosens the policy where there was none, and tightens it where there was a higher one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from kiaim_server.model.bounds import format_bound
from kiaim_server.policy.diff.clauses import Clause, Proven, condition_words, status_of
from kiaim_server.policy.diff.rules import Rules
from kiaim_server.policy.document import SUPPRESSED, Rule

#: Rule -> its bound; of several in one rule the smallest.
Bounds = Mapping[str, Fraction]


def suppression_clauses(forwards: Rules, backwards: Rules) -> Iterator[Clause]:
    """One clause about the bound on suppressed records, if either policy has any."""
    old, new = _bounds(forwards.before), _bounds(forwards.after)
    if not old and not new:
        return
    proven = Proven(_as_few(forwards, backwards, old, new), _as_few(backwards, forwards, new, old))
    was, now = _words(old, forwards.before), _words(new, forwards.after)
    unchanged = was == now and proven.effect == "none"
    status = "unchanged" if unchanged else status_of(proven, equal="reworded")
    rules = [forwards.after[name] for name in new] or [forwards.before[name] for name in old]
    yield Clause("suppression", SUPPRESSED, status, proven.effect, was, now, "", rules[0].place)


def _bounds(rules: Mapping[str, Rule]) -> Bounds:
    found: dict[str, Fraction] = {}
    for name, rule in sorted(rules.items()):
        bounds = [
            d.at_most for d in rule.demands if d.measure == SUPPRESSED and d.at_most is not None
        ]
        if bounds:
            found[name] = min(bounds)
    return found


def _as_few(straight: Rules, turned: Rules, old: Bounds, new: Bounds) -> bool:
    """Whether the second policy surely allows no more records to be suppressed than the first."""
    allowed_before = all(
        bound == 0
        or any(turned.applies(straight.after[name], straight.before[other]) for other in old)
        for name, bound in new.items()
    )
    return allowed_before and all(
        all(other <= bound for other in new.values())
        or any(
            other <= bound
            and (found not in straight.waived or found == name)
            and straight.applies(straight.before[name], straight.after[found])
            for found, other in new.items()
        )
        for name, bound in old.items()
    )


def _words(bounds: Bounds, rules: Mapping[str, Rule]) -> str:
    if not bounds:
        return "no record may be suppressed"
    return "; ".join(
        f"at most {format_bound(bound)} {condition_words(rules[name])} ({name})"
        for name, bound in bounds.items()
    )
