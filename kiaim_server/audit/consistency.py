"""Holds the shape of a file against what is claimed of it."""

from __future__ import annotations

from kiaim_server.audit.claims import Claims
from kiaim_server.audit.counting import Recount
from kiaim_server.audit.evidence import Evidence
from kiaim_server.model.attribute import Role


def mismatches(recounted: Recount, claims: Claims) -> tuple[str, ...]:
    """Say what in the file is not as claimed; any sentence refuses the release.

    Columns by name and order, no direct identifier, number of records, suppressed records, and
    the number of classes of each size; persons where the file shows them. Where only the evidence
    does they are left to `disputes`.
    """
    shown = claims.persons is not None and claims.persons.shown_in is not None
    return (
        *_columns(recounted, claims),
        *_records(recounted, claims),
        *_sizes(recounted, claims),
        *(_persons(recounted, claims) if shown else ()),
    )


def _columns(recounted: Recount, claims: Claims) -> list[str]:
    claimed = tuple(column.name for column in claims.columns)
    found = [
        f"The file has a column {name!r} that it was not to have."
        for name in recounted.columns
        if name not in claimed
    ]
    found += [
        f"The file lacks the column {name!r}." for name in claimed if name not in recounted.columns
    ]
    if not found and recounted.columns != claimed:
        found.append("The columns of the file are not in the claimed order, or one is there twice.")
    found += [
        f"The column {column.name!r} is a direct identifier and no pseudonym."
        for column in claims.columns
        if column.role is Role.DIRECT and not column.pseudonym
    ]
    return found


def _records(recounted: Recount, claims: Claims) -> list[str]:
    found = []
    if recounted.records != claims.records:
        found.append(
            f"The file holds {recounted.records} records, but {claims.records} were claimed."
        )
    dropped = claims.suppressed if claims.mode == "drop" else 0
    if recounted.records + dropped != claims.candidates:
        subset = "" if claims.subset_records is None else " as the research subset"
        found.append(
            f"{recounted.records} records in the file and {dropped} dropped ones do not make up "
            f"the {claims.candidates} records that were put in{subset}."
        )
    if claims.candidates > claims.input_records:
        found.append("The research subset is claimed to have more records than were put in.")
    if claims.mode == "star" and recounted.starred != claims.suppressed:
        found.append(
            f"{recounted.starred} records show a star in every quasi-identifier, but "
            f"{claims.suppressed} suppressed records were claimed. If kept records may show a star "
            "in every quasi-identifier too, have suppressed records dropped (output: {suppressed: "
            "drop})."
        )
    return found


def _sizes(recounted: Recount, claims: Claims) -> list[str]:
    if recounted.class_sizes == claims.class_sizes:
        return []
    return [
        "The equivalence classes of the file are not those that were claimed: "
        f"{len(recounted.sizes)} classes instead of {sum(n for _, n in claims.class_sizes)}, or "
        "of other sizes."
    ]


def disputes(recounted: Recount, evidence: Evidence, claims: Claims) -> tuple[str, ...]:
    """Say what the evidence shows otherwise than it is claimed."""
    if recounted.lacking:
        return ("The evidence is about another number of records than the file has.",)
    found = _persons(recounted, claims) if claims.layout.hides_persons else []
    others = claims.input_records - claims.candidates
    if claims.population and claims.persons is None and int(evidence.outside.sum()) != others:
        found.append(
            f"The evidence counts {int(evidence.outside.sum())} records outside the subset, but "
            f"{others} were claimed."
        )
    return tuple(found)


def _persons(recounted: Recount, claims: Claims) -> list[str]:
    if claims.persons is None or recounted.persons is None:
        return []
    found = []
    if recounted.persons != claims.persons.in_file:
        found.append(
            f"The records of the file are those of {recounted.persons} persons, but "
            f"{claims.persons.in_file} were claimed."
        )
    if recounted.person_sizes != claims.persons.class_sizes:
        found.append("The numbers of persons per class are not those that were claimed.")
    return found
