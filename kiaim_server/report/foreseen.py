"""What a plan tells beside a report, in sentences of a language: made of its JSON values alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kiaim_server.language import phrase
from kiaim_server.language.numbers import localised
from kiaim_server.model.attribute import WORTH_ASKING, floored
from kiaim_server.report import words


def looks_like(found: Mapping[str, Any], n_values: int, language: str) -> str:
    """A recognition with its reason and what it proposes."""
    proposal = found["proposal"]
    return phrase(
        "plan.looks_like",
        language,
        detector=found["detector"],
        reason=reason_of(found, n_values, language),
        role=words.role(proposal["role"], language) if language != "en" else proposal["role"],
        kind=words.kind(proposal["kind"], language) if language != "en" else proposal["kind"],
    )


def reason_of(found: Mapping[str, Any], n_values: int, language: str) -> str:
    """What a recognition rests on."""
    share = "" if found["share"] is None else localised(floored(found["share"]), language)
    parts = [
        phrase(f"plan.reason.{evidence}", language, share=share, n=n_values)
        if evidence == "values"
        else phrase(f"plan.reason.{evidence}", language)
        for evidence in found["evidence"]
    ]
    return phrase("plan.reason", language, parts=parts, confidence=found["confidence"])


def proposal_told(column: Mapping[str, Any], language: str) -> str:
    """What a column that no rule covers looks like."""
    found = [r for r in column["recognised"] if r["proposal"] and r["confidence"] >= WORTH_ASKING]
    told = "; ".join(looks_like(r, column["sampled"], language) for r in found)
    return told or phrase("plan.nothing", language)


def doubt_told(doubt: Mapping[str, Any], language: str) -> str:
    """A column whose role is milder than a detector is sure of."""
    return phrase(
        "plan.doubt",
        language,
        column=doubt["name"],
        role=words.role(doubt["role"], language) if language != "en" else doubt["role"],
        rule=doubt["rules"][0],
        told=looks_like(doubt["recognised"], doubt["sampled"], language),
    )


def gap_told(gap: Mapping[str, Any], language: str) -> str:
    """What is wrong with the hierarchy of a column."""
    column, values, records = gap["column"], gap["values"], gap["records"]
    if values is None:
        return phrase("plan.no_hierarchy", language, column=column, reason=gap["problem"])
    if records is None:
        return phrase("plan.gap.changed", language, column=column, values=values)
    first = gap["first_records"]
    whole = int(len(first) == records)
    return phrase(
        "plan.gap",
        language,
        column=column,
        values=values,
        records=records,
        whole=whole,
        places=first,
    )


def lattice_told(plan: Mapping[str, Any], language: str) -> str:
    """How many generalizations there are, and the least loss if it was searched."""
    lattice, search = plan["lattice"], plan["search"]
    n, nodes = lattice["quasi_identifiers"], lattice["nodes"]
    if nodes is None:
        told = phrase("plan.lattice.unknown", language, n=n)
    else:
        told = phrase("plan.lattice", language, n=n, nodes=nodes)
    if search is None:
        return f"{told} {phrase('plan.not_searched', language)}"
    if search["loss"] is None:
        return told
    least = phrase(
        "plan.least",
        language,
        loss=search["loss"],
        measure=search["loss_measure"],
        suppressed=plan["suppressed"]["records"],
    )
    return f"{told} {least}"


def looked_at(found: Mapping[str, Any], language: str) -> Iterator[str]:
    """How far the search for sets of columns went, in sentences."""
    if not any(size["best"] for size in found["sizes"]):
        yield phrase("plan.whom.nobody", language)
    if found["complete"]:
        n = len(found["sizes"])
        yield phrase("plan.whom.complete", language, n=n, records=found["records"])
    else:
        what = "; ".join(_left_out(found, language))
        yield phrase("plan.whom.some", language, what=what)
    if found["by_person"]:
        yield phrase("plan.whom.persons", language)


def _left_out(found: Mapping[str, Any], language: str) -> Iterator[str]:
    if found["records"] < found["of_records"]:
        records = {"n": found["records"], "records": found["of_records"]}
        yield phrase("plan.whom.sample", language, **records)
    for size in found["sizes"]:
        among = size["columns_combined"]
        if among < len(found["columns"]):
            yield phrase("plan.whom.among", language, size=size["size"], n=among)
    reached = len(found["sizes"])
    if reached < found["largest"]:
        yield phrase("plan.whom.reached", language, size=reached)
    if found["left_out"]:
        yield phrase("plan.whom.left_out", language, columns=found["left_out"])


def treatment_told(column: Mapping[str, Any], language: str) -> str:
    """Transforms, the levels that are allowed, and the one that the search chose."""
    parts = [str(transform["name"]) for transform in column["transforms"]]
    hierarchy = column["hierarchy"]
    if hierarchy is not None:
        names = hierarchy["levels"]
        low, high = hierarchy["min"], hierarchy["max"]
        key = "terminal.level.one" if low == high else "terminal.level.some"
        allowed = phrase(key, language, low=low, high=high, top=len(names) - 1)
        origin = origin_told(hierarchy, language)
        parts.append(f"{allowed} ({origin})" if origin else allowed)
        if column["level"] is not None:
            level, name = column["level"], column["level_name"]
            parts.append(phrase("terminal.level.optimum", language, level=level, name=name))
    return "; ".join(parts) or phrase("terminal.kept", language)


def origin_told(hierarchy: Mapping[str, Any], language: str) -> str:
    """Which hierarchy it is, and by what it was chosen."""
    origin = hierarchy["origin"]
    if origin is None:
        return ""
    by = origin["chosen_by"]
    chosen = phrase("terminal.origin.chosen", language, by=by) if by else ""
    kind = phrase(f"hierarchy.kind.{origin['kind']}", language)
    return f"{kind} {origin['name']}{chosen}"
