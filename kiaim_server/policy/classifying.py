"""Gives every column its role: the strictest of all rules that match; none, and it blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kiaim_server.language import say
from kiaim_server.model.attribute import ROLES_BY_STRICTNESS, Attribute, ColumnProfile, Role
from kiaim_server.model.plan import RoleReason
from kiaim_server.policy.document import Classifier, Document
from kiaim_server.policy.logic import Scope
from kiaim_server.policy.spelling import Glob, Name, NamePatterns, folded


@dataclass(frozen=True)
class Classification:
    """A column with what the rules made of it. `conflict` says why it cannot be decided."""

    profile: ColumnProfile
    attribute: Attribute | None
    conflict: str | None
    reasons: tuple[RoleReason, ...] = ()


def facts_of(profile: ColumnProfile) -> dict[str, Any]:
    """Facts of a column that are known before any rule; unknown ones are None."""
    return {
        "column.label": profile.name,
        "column.name": folded(profile.name),
        "column.type": profile.type,
        "column.distinct_share": profile.distinct_share,
        "column.detected": profile.detected,
        "column.granularity": profile.granularity,
    }


class ClassifierIndex:
    """The classification rules of some policies, indexed by the names that they match."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._rules = [(d.distance, rule) for d in documents for rule in d.classifiers]
        self._exact: dict[str, list[int]] = {}
        self._globs: list[tuple[Glob, int]] = []
        self._unnamed: list[int] = []
        for i, (_, rule) in enumerate(self._rules):
            names = rule.names or NamePatterns(())
            for squeezed in names.exact:
                self._exact.setdefault(squeezed, []).append(i)
            self._globs.extend((glob, i) for glob in names.globs)
            if rule.detects or rule.names is None:
                self._unnamed.append(i)

    def classify(self, profile: ColumnProfile, context: Mapping[str, Any]) -> Classification:
        """Ask all rules; their order does not matter."""
        scope = Scope(context, (), facts_of(profile))
        matching = [
            (distance, rule) for distance, rule in self._candidates(profile) if _admits(rule, scope)
        ]
        if not matching:
            return Classification(profile, None, None)
        matching.sort(key=lambda m: (ROLES_BY_STRICTNESS.index(m[1].role), m[0], m[1].id))
        rules = [rule for _, rule in matching]
        role = rules[0].role
        kind, conflict = _kind(profile, rules, role)
        attribute = Attribute(
            name=profile.name,
            role=role,
            kind=kind,
            special_category=any(rule.special_category for rule in rules),
            rules=tuple(rule.id for rule in rules),
            because=rules[0].because,
        )
        reasons = tuple(
            RoleReason(rule.id, rule.role.value, rule.because, rule.citations) for rule in rules
        )
        return Classification(profile, attribute, conflict, reasons)

    def _candidates(self, profile: ColumnProfile) -> list[tuple[int, Classifier]]:
        """Rules whose names or detectors fit, or that have neither."""
        name = Name.of(profile.name)
        found = set(self._exact.get(name.squeezed, ()))
        found.update(i for glob, i in self._globs if i not in found and glob.matches(name))
        for i in self._unnamed:
            _, rule = self._rules[i]
            no_selector = rule.names is None and not rule.detects
            if no_selector or not set(rule.detects).isdisjoint(profile.detected):
                found.add(i)
        return [self._rules[i] for i in sorted(found)]


def _admits(rule: Classifier, scope: Scope) -> bool:
    if rule.where is None:
        return True
    value = rule.where.evaluate(scope)
    # Undecided counts as a match, except where matching would make the column freer.
    return value is True or (value is None and rule.role is not Role.INSENSITIVE)


def _kind(
    profile: ColumnProfile, rules: Sequence[Classifier], role: Role
) -> tuple[str, str | None]:
    """What the values speak of: the word of the strictest rules that say it, else by type."""
    speaking = [r for r in rules if r.kind and r.role is role] or [r for r in rules if r.kind]
    kinds = {rule.kind: rule.id for rule in speaking if rule.kind}
    if len(kinds) > 1:
        words = [f"{kind} ({rule})" for kind, rule in sorted(kinds.items())]
        return next(iter(kinds)), say("column.two_kinds", name=profile.name, kinds=words)
    if kinds:
        return next(iter(kinds)), None
    return ("date" if profile.type in ("date", "timestamp") else "other"), None
