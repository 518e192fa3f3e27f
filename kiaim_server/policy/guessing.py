"""Guesses what the columns of a table are: from what detectors recognised, and what policies say.

A guess never becomes a decision here. The strictest proposal wins; it is written down from a
confidence of 0.9 on, and asked about from 0.5 on. Counts speak only where nothing else does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kiaim_server.hierarchy import shipped_abouts
from kiaim_server.model.attribute import (
    DETECTED,
    ROLES_BY_STRICTNESS,
    WORTH_ASKING,
    Attribute,
    ColumnProfile,
    Proposal,
    Recognition,
    Role,
)
from kiaim_server.model.plan import HierarchySpec
from kiaim_server.policy.choosing import choose_hierarchy
from kiaim_server.policy.classifying import ClassifierIndex, facts_of
from kiaim_server.policy.context import read_context
from kiaim_server.policy.document import Document
from kiaim_server.policy.evaluate import counted
from kiaim_server.policy.spelling import folded

#: What becomes of a column in a draft: policies say it already; the role is written down; a
#: person is asked; nothing is known.
Standing = Literal["said", "proposed", "asked", "open"]

#: Builders for columns that a detector recognised, where policies offer no hierarchy with a
#: structure and none is shipped.
_BUILDERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "us.zip": ("redaction", {}),
    "age": ("age", {}),
    "year": ("intervals", {"widths": [5, 10, 20]}),
}

#: Detectors of numbers that a person has for good, and words in names of keys of persons.
_OF_PERSONS = ("de.kvnr", "de.steuer-id", "de.svnr", "at.vnr", "ch.ahv", "us.ssn")
_PERSON_WORDS = ("pat", "person", "subj", "proband", "teilnehmer", "particip", "mrn", "versichert")


@dataclass(frozen=True)
class Guess:
    """What a draft says of one column.

    Attributes
    ----------
    said
        What the extended policies classify it as; None if they do not.
    proposal
        What is proposed or asked about; None where nothing is.
    recognitions
        Those that are worth telling, most confident first.
    hierarchy
        Builder or shipped name with its parameters, proposed for a quasi-identifier.
    """

    profile: ColumnProfile
    standing: Standing
    said: Attribute | None
    proposal: Proposal | None
    recognitions: tuple[Recognition, ...]
    hierarchy: HierarchySpec | None

    @property
    def role(self) -> Role | None:
        """The role that the column would have; None where nobody knows."""
        if self.standing == "proposed" and self.proposal is not None:
            return self.proposal.role
        return None if self.said is None else self.said.role


def guess_columns(
    profiles: Sequence[ColumnProfile], documents: Sequence[Document]
) -> tuple[Guess, ...]:
    """A guess per column, in their order, beside what `documents` say of them.

    Facts of the release are not known yet: an entry that depends on one counts as if it matched.
    """
    facts, _ = counted(read_context({}), profiles, "")
    index = ClassifierIndex(documents)
    return tuple(
        _guess(profile, index.classify(profile, facts).attribute, documents, facts)
        for profile in profiles
    )


def person_key(guesses: Sequence[Guess], documents: Sequence[Document]) -> ColumnProfile | None:
    """The first column that looks like a key of persons who have several records; None if none."""
    if any(document.person is not None for document in documents):
        return None
    for guess in guesses:
        profile = guess.profile
        repeats = profile.n_missing == 0 and 1 < profile.n_distinct < profile.n_records
        if guess.role is Role.DIRECT and repeats and _of_persons(guess):
            return profile
    return None


def _of_persons(guess: Guess) -> bool:
    if any(r.detector in _OF_PERSONS and r.detected for r in guess.recognitions):
        return True
    named = any(r.detector == "record-number" and r.detected for r in guess.recognitions)
    return named and any(word in folded(guess.profile.name) for word in _PERSON_WORDS)


def _guess(
    profile: ColumnProfile,
    said: Attribute | None,
    documents: Sequence[Document],
    facts: Mapping[str, Any],
) -> Guess:
    told = _worth_telling(profile, said)
    standing, proposal = _strictest(told)
    if said is not None and (proposal is None or not _adds(proposal, said)):
        standing, proposal = "said", None
    guess = Guess(profile, standing, said, proposal, told, None)
    if guess.role is not Role.QUASI:
        return guess
    return Guess(profile, standing, said, proposal, told, _hierarchy(guess, documents, facts))


def _worth_telling(profile: ColumnProfile, said: Attribute | None) -> tuple[Recognition, ...]:
    """Recognitions with a proposal; those from counts alone only where nothing else is known."""
    worth = [r for r in profile.recognitions if r.proposal and r.confidence >= WORTH_ASKING]
    others = [r for r in worth if r.evidence != ("statistics",)]
    known = said is not None and said.role is not Role.INSENSITIVE
    if known or any(r.confidence >= DETECTED for r in others):
        return tuple(others)
    return tuple(worth)


def _strictest(told: Sequence[Recognition]) -> tuple[Standing, Proposal | None]:
    if not told:
        return "open", None
    first = min(
        told,
        key=lambda r: (
            ROLES_BY_STRICTNESS.index(r.proposal.role) if r.proposal else len(ROLES_BY_STRICTNESS),
            -r.confidence,
            r.detector,
        ),
    )
    return ("proposed" if first.confidence >= DETECTED else "asked"), first.proposal


def _adds(proposal: Proposal, said: Attribute) -> bool:
    """Whether it is stricter than what policies say already."""
    order = ROLES_BY_STRICTNESS.index
    stricter = order(proposal.role) < order(said.role)
    return stricter or (
        proposal.role is said.role and proposal.special_category and not said.special_category
    )


def _hierarchy(
    guess: Guess, documents: Sequence[Document], facts: Mapping[str, Any]
) -> HierarchySpec | None:
    """A hierarchy with a structure, where policies offer none."""
    kind = guess.proposal.kind if guess.proposal else guess.said.kind if guess.said else "other"
    column = facts_of(guess.profile) | {"column.role": Role.QUASI.value, "column.kind": kind}
    column |= {"column.special_category": False, "column.action": "keep"}
    offered = choose_hierarchy(documents, column, facts).spec
    if offered is not None and offered.builder != "values":
        return None
    shipped = next(
        (a.name for a in shipped_abouts().values() if {*a.detects} & {*guess.profile.detected}),
        None,
    )
    if shipped is not None:
        return HierarchySpec("", shipped=shipped)
    for recognition in guess.recognitions:
        if recognition.detector in _BUILDERS and recognition.confidence >= DETECTED:
            builder, parameters = _BUILDERS[recognition.detector]
            return HierarchySpec("", builder=builder, parameters=parameters)
    return None
