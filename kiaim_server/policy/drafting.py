"""Writes the draft of a policy for a table: every column, a guess, its reason, and a mark."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kiaim_server.model.attribute import ColumnProfile, Role, floored
from kiaim_server.model.singling import ColumnSet, SinglingOut
from kiaim_server.policy.confirming import UNDECIDED
from kiaim_server.policy.document import Document, Policy
from kiaim_server.policy.guessing import Guess, guess_columns, person_key
from kiaim_server.policy.schema import FORMAT
from kiaim_server.policy.spelling import folded
from kiaim_server.policy.writing import (
    Ids,
    escaped,
    flow,
    is_word,
    selector_of,
    shown,
    spelt_sentence,
)

#: Sets of columns and keys that the head of a draft tells.
_TOLD: Final = 3


@dataclass(frozen=True)
class Draft:
    """A draft and what it was written from. `text` is the policy file."""

    name: str
    text: str
    guesses: tuple[Guess, ...]
    singling_out: SinglingOut | None = None


@dataclass(frozen=True)
class Subject:
    """The table that a draft is for.

    `name` is its file's name, `singling_out` what is known of small sets of its columns.
    """

    name: str
    profiles: tuple[ColumnProfile, ...]
    singling_out: SinglingOut | None = None


def draft_policy(name: str, subject: Subject, parents: Sequence[Policy]) -> Draft:
    """Write a policy called `name` for a table, extending `parents`.

    Equal profiles give equal bytes. The text has no value of the table: names of columns and counts
    alone. Every entry that was guessed is marked, so the file does not run before it is confirmed.
    """
    documents = _documents(parents)
    guesses = guess_columns(subject.profiles, documents)
    key = person_key(guesses, documents)
    ids = Ids()
    blocks = [
        _head(subject),
        "\n".join(_top(name, subject, parents)),
        "\n".join(_classify(guesses, ids)),
        "\n".join(_person(key)),
        "\n".join(_hierarchies(guesses, documents, ids)),
    ]
    text = "\n\n".join(block for block in blocks if block) + "\n"
    return Draft(name, text, guesses, subject.singling_out)


def draft_name(file: str) -> str:
    """The name of a policy for a file: lower case words joined by hyphens."""
    words = re.sub(r"[^a-z0-9]+", "-", folded(file.rpartition(".")[0] or file)).strip("-")
    return words if is_word(words) else f"table-{words}".rstrip("-")


def _head(subject: Subject) -> str:
    n_records = subject.profiles[0].n_records if subject.profiles else 0
    lines = [
        f"A draft for {shown(subject.name)}: {n_records:,} records, {len(subject.profiles)} "
        "columns. It was written by a program",
        "and does not run yet: every guess is an error of the linter until a person has decided.",
        "",
        "1. Read each entry and the reason above it. Correct it where it is wrong.",
        "2. Write 'confirmed: true' for 'confirmed: false', and a role for 'as: undecided'.",
        "3. Fill in the entries that are only comments: a column without an entry blocks.",
        "4. Run kiaim policy lint; when it has nothing more to say, set 'status: active'.",
    ]
    if subject.singling_out is not None:
        lines += ["", *_singled_out(subject.singling_out)]
    return "\n".join(f"# {line}".rstrip() for line in lines)


def _singled_out(found: SinglingOut) -> Iterator[str]:
    """Which few columns single out how many records, and what was not looked at."""
    unit = "records of one person" if found.by_person else "records"
    yield "Records of the table as it is that few columns single out, of those that would stay:"
    for size in found.sizes:
        for best in size.best[:_TOLD]:
            yield f"  {_set(best)}: {best.singled_out:,} of {found.n_records:,} {unit}"
    if not any(size.best for size in found.sizes):
        yield "  none of those looked at singles out anybody"
    for sentence in found.not_looked_at(shown):
        yield f"  ({sentence})"


def _set(column_set: ColumnSet) -> str:
    return " + ".join(shown(name) for name in column_set.columns)


def _top(name: str, subject: Subject, parents: Sequence[Policy]) -> Iterator[str]:
    yield f"schema: {FORMAT}"
    yield f"policy: {name}"
    yield 'version: "0.1.0"'
    table = subject.name if subject.name.isprintable() else "a table"
    yield f"title: {escaped(f'Draft for {table}')}"
    yield "status: draft"
    if parents:
        extended = ", ".join(f"{p.name}@{p.version.split('.')[0]}" for p in parents)
        yield f"extends: [{extended}]"


def _classify(guesses: Sequence[Guess], ids: Ids) -> list[str]:
    said = [g for g in guesses if g.standing == "said"]
    own = [g for g in guesses if g.standing != "said"]
    lines = []
    if said:
        lines.append("# Said already by the extended policies; an entry here can only be stricter.")
        for guess in said:
            lines += _about(guess, "#   ")
    entries = [line for guess in own for line in _entry(guess, ids)]
    if not entries:
        return lines
    lines += [""] if lines else []
    # A list of comments alone would be no list.
    has_entry = any(g.proposal is not None and selector_of(g.profile.name) for g in own)
    lines.append("classify:" if has_entry else "# classify:")
    return lines + entries


def _about(guess: Guess, indent: str) -> Iterator[str]:
    """A column in counts, what policies say of it, and what detectors recognised."""
    profile = guess.profile
    missing = f", {profile.n_missing:,} missing" if profile.n_missing else ""
    n_values = profile.n_distinct - (profile.n_missing > 0)
    values = f"{n_values:,} distinct {'value' if n_values == 1 else 'values'}"
    yield (
        f"{indent}{shown(profile.name)}: {profile.type}, {values} in {profile.n_records:,} "
        f"records{missing}"
    )
    if guess.said is not None:
        said = f"{guess.said.role.value}, {guess.said.kind}"
        yield f"{indent}  {guess.said.rules[0]} says {said}"
    for recognition in guess.recognitions:
        if recognition.proposal is not None:
            proposed = f"{recognition.proposal.role.value}, {recognition.proposal.kind}"
            reason = recognition.reason(profile.n_sampled)
            yield f"{indent}  {recognition.detector}: {reason}: {proposed}"


def _entry(guess: Guess, ids: Ids) -> Iterator[str]:
    yield from _about(guess, "  # ")
    selector = selector_of(guess.profile.name)
    if not selector:
        yield "  #   Its name cannot be written in a policy: rename the column, then add an entry."
        return
    proposal = guess.proposal
    if proposal is None:
        yield "  #   Nothing recognised it: fill in this entry, or the column blocks."
        yield f"  # - id: {ids.of(guess.profile.name)}"
        yield f"  #   {selector}"
        yield "  #   as:"
        yield "  #   because:"
        return
    asked = guess.standing == "asked"
    if guess.said is not None:
        yield f"  #   Delete this entry to leave it at {guess.said.role.value}."
    yield f"  - id: {ids.of(guess.profile.name)}"
    yield f"    {selector}"
    if asked:
        yield f"    as: {UNDECIDED}  # please decide; proposed is {proposal.role.value}"
    else:
        yield f"    as: {proposal.role.value}"
    if proposal.kind != "other" and not (guess.said and guess.said.role is proposal.role):
        yield f"    kind: {proposal.kind}"
    if proposal.special_category:
        yield "    special_category: true"
    yield f"    because: {spelt_sentence(proposal.because or 'Say why.')}"
    if not asked:
        yield "    confirmed: false"


def _person(key: ColumnProfile | None) -> Iterator[str]:
    if key is None:
        return
    per = floored(key.n_distinct / key.n_records)
    yield f"# {shown(key.name)} repeats: {key.n_distinct:,} values, {per} of the records."
    yield "# If it tells persons apart, groups have to be counted in persons, not in records."
    yield "person:"
    yield f"  {selector_of(key.name)}"
    yield "  because: A record is not a person here."
    yield "  confirmed: false"


def _hierarchies(
    guesses: Sequence[Guess], documents: Sequence[Document], ids: Ids
) -> Iterator[str]:
    proposed = [g for g in guesses if g.hierarchy is not None and selector_of(g.profile.name)]
    fallback = not any(d.hierarchies for d in documents)
    if not proposed and not fallback:
        return
    yield "# How quasi-identifiers may be coarsened, where the extended policies know no better."
    yield "hierarchies:"
    for guess in proposed:
        yield f"  - id: {ids.of(guess.profile.name, '-levels')}"
        yield f"    {selector_of(guess.profile.name)}"
        if guess.hierarchy is not None and guess.hierarchy.shipped is not None:
            yield f"    use: {guess.hierarchy.shipped}"
        elif guess.hierarchy is not None:
            yield f"    build: {{{guess.hierarchy.builder}: {flow(guess.hierarchy.parameters)}}}"
        yield "    confirmed: false"
    if fallback:
        yield "  - id: value-or-nothing"
        yield "    build: {values: {}}"
        yield "    confirmed: false"


def left_in(profiles: Sequence[ColumnProfile], parents: Sequence[Policy]) -> tuple[str, ...]:
    """Columns that neither a policy nor a guess takes away: all but direct identifiers."""
    guesses = guess_columns(profiles, _documents(parents))
    return tuple(g.profile.name for g in guesses if g.role is not Role.DIRECT)


def _documents(parents: Sequence[Policy]) -> tuple[Document, ...]:
    return tuple({d.name: d for parent in parents for d in parent.documents}.values())
