"""Compares which columns two policies take for what.

An entry is taken apart into atoms: one pattern, one detector, or every column, with the role and
marks that the entry gives. A policy is at least as strict as another one for the columns of an
entry if each of them gets at least the same role and marks, or none at all, which blocks; and if no
column that blocked so far may leave now. A direct identifier never leaves as it is, so a column
that blocked and is one now counts as no weaker.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import product
from typing import Final, Self

from kiaim_server.model.attribute import ROLES_BY_STRICTNESS, Role
from kiaim_server.policy.diff.clauses import Clause, Proven, Status, line, same_words, status_of
from kiaim_server.policy.diff.proofs import Direction, Moves, Values, key_of
from kiaim_server.policy.diff.sides import Side
from kiaim_server.policy.document import Classifier
from kiaim_server.policy.expression import Expression
from kiaim_server.policy.spelling import Glob, Name, NamePatterns

_UNCOVERED: Final = "a column that no entry covered blocked the release; it may leave now"
_FALLS: Final = "columns that it covered may count as less, or lose a mark"
_ROLES: Final = tuple(role.value for role in ROLES_BY_STRICTNESS)
_SPECIAL: Final = frozenset({"column.special_category", "data.special_category"})
#: What classification decides.
_FACTS: Final = frozenset({"column.role", "column.kind", *_SPECIAL})

_name = lru_cache(maxsize=8192)(Name.of)
_glob = lru_cache(maxsize=8192)(Glob.of)


@dataclass(frozen=True)
class Atom:
    """One way in which an entry selects columns; neither pattern nor detector: every column."""

    entry: str
    pattern: str | None
    detector: str | None
    where: Expression | None
    role: Role
    special: bool
    kind: str | None

    @property
    def rank(self) -> int:
        """0 is the strictest role."""
        return ROLES_BY_STRICTNESS.index(self.role)

    @property
    def surely(self) -> bool:
        """Whether it selects only columns of which its condition is known to hold."""
        return self.role is Role.INSENSITIVE


def atoms_of(entry: Classifier, name: str) -> tuple[Atom, ...]:
    """An entry, taken apart; `name` is its id in the comparison."""
    whole = Atom(name, None, None, entry.where, entry.role, entry.special_category, entry.kind)
    patterns = entry.names.patterns if entry.names else ()
    found = [replace(whole, pattern=p) for p in patterns]
    found += [replace(whole, detector=d) for d in entry.detects]
    return tuple(found) or (whole,)


def may_meet(a: Atom, b: Atom) -> bool:
    """Whether some column could be selected by both; True where it is not ruled out."""
    if a.pattern is None or b.pattern is None:
        return True
    if "*" in a.pattern and "*" in b.pattern:
        return True
    if "*" in a.pattern:
        return may_meet(b, a)
    squeezed = _name(a.pattern).squeezed
    if "*" not in b.pattern:
        return squeezed == _name(b.pattern).squeezed
    glob = _glob(b.pattern)
    bare = Glob(
        glob.pattern,
        glob.head.replace("_", ""),
        tuple(piece.replace("_", "") for piece in glob.middle),
        glob.tail.replace("_", ""),
        separated=False,
    )
    return bare.matches(Name(squeezed, squeezed))


def _takes_in(wide: Atom, narrow: Atom) -> bool:
    """Whether the names and detectors of one take in every column of the other's."""
    if wide.pattern is None and wide.detector is None:
        return True
    if narrow.detector is not None or wide.detector is not None:
        return wide.detector == narrow.detector and wide.pattern == narrow.pattern
    if narrow.pattern is None or wide.pattern is None:
        return False
    squeezed = _name(narrow.pattern).squeezed
    if "*" in narrow.pattern:
        if "*" not in wide.pattern:
            return False
        a, b = _glob(wide.pattern), _glob(narrow.pattern)
        return replace(a, pattern="") == replace(b, pattern="")
    if "*" not in wide.pattern:
        return squeezed == _name(wide.pattern).squeezed
    # However the words of such a name are joined, its squeezed spelling is the same.
    glob = _glob(wide.pattern)
    return not glob.separated and glob.matches(Name(squeezed, squeezed))


def covers(direction: Direction, first: Atom, second: Atom) -> bool:
    """Whether the second policy's atom surely selects every column of the first policy's."""
    return _takes_in(second, first) and direction.reaches(
        first.where, second.where, first_surely=first.surely, second_surely=second.surely
    )


@dataclass(frozen=True)
class Classifications:
    """The atoms of two policies, with the direction of the question and its opposite."""

    direction: Direction
    turned: Direction
    before: tuple[Atom, ...]
    after: tuple[Atom, ...]

    @classmethod
    def of(cls, old: Side, new: Side, direction: Direction, turned: Direction) -> Self:
        """Take all entries of both policies apart."""
        before, after = (
            tuple(a for name, entry in side.classifiers.items() for a in atoms_of(entry, name))
            for side in (old, new)
        )
        return cls(direction, turned, before, after)

    def weakness(self, entry: str) -> str:
        """Why the second policy may be weaker for the columns of an entry; empty if it is not."""
        if any(not self._kept(atom) for atom in self.before if atom.entry == entry):
            return _FALLS
        if any(not self._harmless(atom) for atom in self.after if atom.entry == entry):
            return _UNCOVERED
        return ""

    def moves(self) -> Moves:
        """What can differ on the same table."""
        return self._moves

    @cached_property
    def _moves(self) -> Moves:
        changed = self._changed
        only_rises = all(map(self._kept, self.before))
        if not self.direction.look_at(len(changed) * (len(self.before) + len(self.after))):
            return Moves(_FACTS, frozenset(product(_ROLES, _ROLES)))
        pairs: set[tuple[str, str]] = set()
        facts: set[str] = set()
        for atom in changed:
            old = [a for a in self.before if may_meet(a, atom)]
            new = [b for b in self.after if may_meet(b, atom)]
            pairs |= {
                (a.role.value, b.role.value)
                for a, b in product(old, new)
                if a.role is not b.role and not (only_rises and b.rank > a.rank)
            }
            facts |= {"column.kind"} if old and len({a.kind for a in (*old, *new)}) > 1 else set()
            facts |= _SPECIAL if atom.special else set()
        facts |= {"column.role"} if pairs else set()
        rising = _SPECIAL if only_rises else frozenset[str]()
        return Moves(frozenset(facts), frozenset(pairs), rising)

    @cached_property
    def _changed(self) -> tuple[Atom, ...]:
        """Atoms that only one of the policies has."""
        old, new = self._meanings
        return (
            *(a for a in self.before if meaning(a, self.direction.before) not in new),
            *(b for b in self.after if meaning(b, self.direction.after) not in old),
        )

    @cached_property
    def _meanings(self) -> tuple[frozenset[object], frozenset[object]]:
        return (
            frozenset(meaning(a, self.direction.before) for a in self.before),
            frozenset(meaning(b, self.direction.after) for b in self.after),
        )

    def _kept(self, atom: Atom) -> bool:
        """Whether its columns get at least its role and marks, or none and block."""
        if meaning(atom, self.direction.before) in self._meanings[1]:
            return True
        if not self.direction.look_at(2 * len(self.after)):
            return False
        heirs = [b for b in self.after if covers(self.direction, atom, b)]
        if any(b.rank <= atom.rank for b in heirs) and (
            not atom.special or any(b.special for b in heirs)
        ):
            return True
        others = [b for b in self.after if may_meet(atom, b)]
        return all(b.rank <= atom.rank and (b.special or not atom.special) for b in others)

    def _harmless(self, atom: Atom) -> bool:
        """Whether it lets no column leave that no entry of the first policy covered."""
        if atom.role is Role.DIRECT or meaning(atom, self.direction.after) in self._meanings[0]:
            return True
        return self.direction.look_at(len(self.before)) and any(
            covers(self.turned, atom, a) for a in self.before
        )


def meaning(atom: Atom, values: Values) -> object:
    """Equal for atoms that say the same."""
    where = None if atom.where is None else key_of(atom.where, values)
    spelt = atom.pattern
    if spelt is not None and "*" not in spelt:
        spelt = _name(spelt).squeezed
    return spelt, atom.detector, where, atom.role, atom.special, atom.kind


def classification_clauses(
    old: Side, new: Side, forwards: Classifications, backwards: Classifications
) -> Iterator[Clause]:
    """One clause per entry of either policy."""
    before, after = old.classifiers, new.classifiers
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        why = (forwards.weakness(name), backwards.weakness(name))
        proven = Proven(not why[0], not why[1], why[0])
        if was is not None and now is not None:
            yield _compared(name, was, now, proven, forwards.direction)
        elif now is not None:
            note = why[0] or _added_note(now, proven)
            yield Clause(
                "classification", name, "added", proven.effect, None, _words(now), note, now.place
            )
        elif was is not None:
            yield Clause(
                "classification",
                name,
                "removed",
                proven.effect,
                _words(was),
                None,
                why[0],
                was.place,
            )


def _added_note(entry: Classifier, proven: Proven) -> str:
    if proven.effect == "none" and entry.role is Role.DIRECT:
        return "columns that blocked the release are direct identifiers now"
    return ""


def _compared(
    name: str, was: Classifier, now: Classifier, proven: Proven, direction: Direction
) -> Clause:
    meanings = [
        {meaning(a, values) for a in atoms_of(entry, name)}
        for entry, values in ((was, direction.before), (now, direction.after))
    ]
    if meanings[0] == meanings[1]:
        same = same_words([was.because], [now.because])
        status: Status = "unchanged" if same else "reworded"
        return Clause(
            "classification", name, status, "none", _words(was), _words(now), "", now.place
        )
    kind = "" if was.kind == now.kind else f"the kind was {was.kind or 'unsaid'}"
    return Clause(
        "classification",
        name,
        status_of(proven),
        proven.effect,
        _words(was),
        _words(now),
        proven.why or kind,
        now.place,
    )


def _words(entry: Classifier) -> str:
    names: Sequence[str] = entry.names.patterns if isinstance(entry.names, NamePatterns) else ()
    parts = [", ".join(names)] if names else []
    parts += [f"detected {', '.join(entry.detects)}"] if entry.detects else []
    chosen = " or ".join(parts) or "every column"
    where = f" where {line(entry.where)}" if entry.where else ""
    marks = [entry.role.value]
    marks += ["special category"] if entry.special_category else []
    marks += [entry.kind] if entry.kind else []
    return f"{chosen}{where}: {', '.join(marks)}"
