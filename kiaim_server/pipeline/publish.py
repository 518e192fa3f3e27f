"""Writes a solution, has it audited, and signs what was found: nothing leaves before that."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from kiaim_server.audit import (
    Audit,
    ClaimedColumn,
    ClaimedPersons,
    Claims,
    RecordLevels,
    Source,
    audit_release,
)
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.attribute import Role
from kiaim_server.model.classes import EquivalenceClasses
from kiaim_server.model.decision import Clause
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.plan import Plan
from kiaim_server.model.progress import Monitor
from kiaim_server.model.records import Records
from kiaim_server.model.solution import LocalSolution, Solution
from kiaim_server.pipeline.agreement import disagreements
from kiaim_server.pipeline.prepare import Prepared, model_of
from kiaim_server.pipeline.request import ReleaseRequest
from kiaim_server.pipeline.trees import released_trees
from kiaim_server.policy import clauses, looks_at_population
from kiaim_server.report import (
    ReleasedColumn,
    ReleasedEvidence,
    ReleasedFile,
    ReleasedPersons,
    histogram,
)
from kiaim_server.transform import (
    ReleaseColumn,
    Standing,
    release_columns,
    write_evidence,
    write_release,
)

#: The plugin whose output may stand for a direct identifier.
PSEUDONYMISE = "pseudonymise"

PluginMeasures = Mapping[str, Callable[[Clause, EquivalenceClasses, Hierarchy | None], float]]


def write(
    prepared: Prepared,
    solution: Solution | LocalSolution,
    plan: Plan,
    request: ReleaseRequest,
    path: Path,
    monitor: Monitor,
) -> int:
    """Write the transformed table to `path` and return the number of records in it."""
    return write_release(
        prepared.table,
        _release_columns(prepared, solution, plan),
        _suppressed(prepared, solution),
        plan.suppressed,
        path,
        request.format,
        monitor,
        prepared.coding.subset,
    )


def write_testimony(
    prepared: Prepared,
    solution: Solution | LocalSolution,
    plan: Plan,
    request: ReleaseRequest,
    path: Path,
    host: PluginHost,
) -> bool:
    """Write the evidence to `path` if the file does not show all that is counted.

    Returns whether any was needed.
    """
    population = _needs_population(prepared, plan, host)
    hidden = prepared.persons is not None and _shown_in(prepared) is None
    if not hidden and not population:
        return False
    standing = Standing(
        present=_present(prepared, solution, plan),
        suppressed=_suppressed(prepared, solution),
        members=prepared.coding.subset if population else None,
        persons=_person_codes(prepared),
        numbered=hidden,
    )
    columns = _release_columns(prepared, solution, plan)
    write_evidence(
        prepared.table,
        columns,
        prepared.problem.tuples,
        _labels_of_tuples(prepared, solution),
        standing,
        path,
        request.format,
    )
    return True


def _needs_population(prepared: Prepared, plan: Plan, host: PluginHost) -> bool:
    """Whether a clause looks at the records that may not leave."""
    return prepared.membership is not None and any(
        looks_at_population(requirement.measure, host) for requirement in plan.requirements
    )


def _release_columns(
    prepared: Prepared, solution: Solution | LocalSolution, plan: Plan
) -> tuple[ReleaseColumn, ...]:
    star = plan.suppressed == "star" and solution.n_suppressed > 0
    return release_columns(
        prepared.table,
        prepared.problem.tuples,
        prepared.problem.hierarchies,
        _levels(solution),
        star=star,
    )


def _person_codes(prepared: Prepared) -> np.ndarray | None:
    """int32[:], shape (n_records,): whose record it is."""
    if prepared.persons is None:
        return None
    return np.asarray(_codes(prepared.persons).to_numpy(zero_copy_only=False), dtype=np.int32)


def _codes(column: pa.ChunkedArray) -> pa.Array:
    encoded: pa.DictionaryArray = column.combine_chunks().dictionary_encode()
    return encoded.indices


def _labels_of_tuples(
    prepared: Prepared, solution: Solution | LocalSolution
) -> dict[str, np.ndarray]:
    """Per quasi-identifier int32[:], shape (n_tuples,): a number for what the file shows."""
    problem = prepared.problem
    return {
        hierarchy.attribute: _numbers(hierarchy, level, codes)
        for hierarchy, level, codes in zip(
            problem.hierarchies, _levels(solution), problem.tuples.codes, strict=True
        )
    }


def _numbers(hierarchy: Hierarchy, level: int | np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Number labels, equal ones on different levels equally."""
    if isinstance(level, int):
        return np.asarray(hierarchy.maps[level][codes])
    known: dict[str | None, int] = {}
    shown = np.empty(len(codes), dtype=np.int32)
    for own in np.unique(level).tolist():
        texts = [known.setdefault(text, len(known)) for text in hierarchy.labels[own].tolist()]
        at = level == own
        shown[at] = np.array(texts, dtype=np.int32)[hierarchy.maps[own][codes[at]]]
    return shown


def _suppressed(prepared: Prepared, solution: Solution | LocalSolution) -> np.ndarray:
    """bool[:], shape (n_records,): records that might have left and are suppressed."""
    suppressed = solution.suppressed[prepared.problem.tuples.record_tuple]
    return np.asarray(suppressed & prepared.members, dtype=np.bool_)


def _present(prepared: Prepared, solution: Solution | LocalSolution, plan: Plan) -> np.ndarray:
    """bool[:], shape (n_records,): records that are in the file."""
    if plan.suppressed == "star":
        return prepared.members
    return np.asarray(prepared.members & ~_suppressed(prepared, solution), dtype=np.bool_)


def audit(
    path: Path,
    prepared: Prepared,
    solution: Solution | LocalSolution,
    plan: Plan,
    request: ReleaseRequest,
    table: Records,
    host: PluginHost,
    evidence: Path | None,
) -> tuple[Audit, ReleasedFile]:
    """Hold the written file against what search and policy claim, and against the input `table`.

    The `evidence` is read back from disk and held against the input as well.

    Raises
    ------
    OSError
        If there is no file.
    """
    columns = _columns(prepared, plan)
    candidates = prepared.problem.tuples.n_records
    records = candidates - (solution.n_suppressed if plan.suppressed == "drop" else 0)
    population = _needs_population(prepared, plan, host)
    counted_sizes = _counted_sizes(prepared, solution)
    in_file = ~solution.suppressed | (plan.suppressed == "star")
    trees = released_trees(prepared.trees, prepared.problem.tuples, in_file)
    claims = Claims(
        format=request.format,
        columns=tuple(ClaimedColumn(c.name, c.role, c.pseudonym) for c in columns),
        input_records=table.n_records,
        records=records,
        suppressed=solution.n_suppressed,
        mode=plan.suppressed,
        class_sizes=tuple((size, n) for size, n in histogram(solution.class_sizes)),
        clauses=clauses(plan),
        orders=prepared.orders,
        persons=_claimed_persons(prepared, solution, plan, counted_sizes),
        subset_records=None if prepared.membership is None else candidates,
        population=population,
        trees=trees,
    )
    tuples = prepared.problem.tuples
    source = Source(
        prepared.table,
        {
            hierarchy.attribute: (
                hierarchy,
                level if isinstance(level, int) else RecordLevels(level, tuples.record_tuple),
            )
            for hierarchy, level in zip(
                prepared.problem.hierarchies, _levels(solution), strict=True
            )
        },
        _suppressed(prepared, solution),
        plan.suppressed,
        {c.name: table.distinct(c.name).values for c in columns if c.pseudonym},
        prepared.persons,
        prepared.membership,
    )
    found = audit_release(path, claims, plugin_measures(host), source, evidence, path.parent)
    if found.recounted is not None:
        differing = disagreements(found.findings, prepared.problem.models, counted_sizes)
        found = replace(found, mismatches=(*found.mismatches, *differing))
    released = ReleasedFile(
        sha256=_sha256(path),
        bytes=path.stat().st_size,
        format=request.format,
        records=records,
        suppressed=solution.n_suppressed,
        columns=columns,
        class_sizes=solution.class_sizes,
        trees=trees,
    )
    if evidence is not None and evidence.is_file():
        released = replace(
            released,
            evidence=ReleasedEvidence(_sha256(evidence), evidence.stat().st_size, population),
        )
    counted = found.recounted
    if counted is not None:  # the numbers that people read are the audit's own
        released = replace(released, class_sizes=counted.record_sizes)
        if counted.persons is not None:
            released = replace(
                released,
                persons=ReleasedPersons(counted.persons, counted.sizes, _shown_in(prepared)),
            )
    return found, released


def _levels(solution: Solution | LocalSolution) -> tuple[int | np.ndarray, ...]:
    """Per quasi-identifier the level of all kept records, or where they differ one per tuple."""
    if isinstance(solution, Solution):
        return solution.levels
    kept = [np.unique(levels[~solution.suppressed]) for levels in solution.levels]
    return tuple(
        int(distinct[0]) if len(distinct) == 1 else levels
        for distinct, levels in zip(kept, solution.levels, strict=True)
    )


def _claimed_persons(
    prepared: Prepared, solution: Solution | LocalSolution, plan: Plan, sizes: np.ndarray
) -> ClaimedPersons | None:
    persons = _person_codes(prepared)
    if persons is None:
        return None
    in_file = len(np.unique(persons[_present(prepared, solution, plan)]))
    pairs = tuple((size, n) for size, n in histogram(sizes))
    return ClaimedPersons(in_file, pairs, _shown_in(prepared))


def _shown_in(prepared: Prepared) -> str | None:
    """The person key's column if the file has it and it tells the same persons apart, as a kept
    pseudonym does; None if it does not.
    """
    name, persons = prepared.key, prepared.persons
    quasi = {hierarchy.attribute for hierarchy in prepared.problem.hierarchies}
    if name is None or persons is None or name in quasi or name not in prepared.table.columns:
        return None
    # Codes are given in the order of first occurrence, so equal codes are equal persons.
    same = _codes(prepared.table.column(name)).equals(_codes(persons))
    return name if same else None


def _counted_sizes(prepared: Prepared, solution: Solution | LocalSolution) -> np.ndarray:
    """int64[:], the classes that the search kept: their persons, or else their records."""
    persons = _person_codes(prepared)
    if persons is None:
        return solution.class_sizes
    tuples = prepared.problem.tuples
    labels = list(_labels_of_tuples(prepared, solution).values())
    class_of = np.zeros(tuples.n_tuples, dtype=np.int64)
    if labels:
        class_of = np.unique(np.stack(labels), axis=1, return_inverse=True)[1].ravel()
    kept = prepared.members & ~_suppressed(prepared, solution)
    n_persons = int(persons.max()) + 1
    pairs = np.unique(class_of[tuples.record_tuple[kept]] * n_persons + persons[kept])
    return np.unique(pairs // n_persons, return_counts=True)[1].astype(np.int64)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def plugin_measures(host: PluginHost) -> PluginMeasures:
    """How third parties' models measure; the audit never asks for those that it knows itself."""

    def measure(clause: Clause, classes: EquivalenceClasses, tree: Hierarchy | None) -> float:
        model = model_of(
            host,
            clause.measure,
            clause.parameters,
            clause.attribute,
            clause.at_least,
            clause.at_most,
        )
        return (model if tree is None else model.for_tree(tree)).measure(classes)

    return dict.fromkeys(host.classes["privacy model"], measure)


def _columns(prepared: Prepared, plan: Plan) -> tuple[ReleasedColumn, ...]:
    planned = {column.name: column for column in plan.columns}
    return tuple(
        ReleasedColumn(
            name,
            planned[name].attribute.role,
            pseudonym=planned[name].attribute.role is Role.DIRECT
            and any(t.name == PSEUDONYMISE for t in planned[name].transforms),
        )
        for name in prepared.table.columns
    )
