"""What a report and a manifest are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from kiaim_server.model.attribute import ColumnProfile, Role
from kiaim_server.model.decision import Finding
from kiaim_server.model.diagnosis import Diagnosis
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.plan import Plan
from kiaim_server.model.prose import LANGUAGES
from kiaim_server.model.solution import Infeasible, LocalSolution, Solution, Undecided
from kiaim_server.model.value_tree import ValueTree


@dataclass(frozen=True)
class Source:
    """The table that was put in; `columns` is their number.

    `subset` is the column that says which records may leave, `subset_records` their number; None
    if all may.
    """

    name: str
    sha256: str
    records: int
    columns: int
    subset: str | None = None
    subset_records: int | None = None

    @property
    def candidates(self) -> int:
        """Records that may leave."""
        return self.records if self.subset_records is None else self.subset_records


@dataclass(frozen=True)
class ReleasedColumn:
    """A column of the file; a direct identifier is in it only as a `pseudonym`."""

    name: str
    role: Role
    pseudonym: bool = False


@dataclass(frozen=True, eq=False)
class ReleasedPersons:
    """Persons in the file, and int64[:] persons per class, as the audit counted them.

    `shown_in` is the column of the file that tells them apart; None if only the evidence does.
    """

    in_file: int
    class_sizes: np.ndarray
    shown_in: str | None = None


@dataclass(frozen=True)
class ReleasedEvidence:
    """The evidence that was written with the file; it is no part of the release.

    `population` says whether it has the records outside the subset.
    """

    sha256: str
    bytes: int
    population: bool


@dataclass(frozen=True, eq=False)
class ReleasedFile:
    """The file as it was written and recounted.

    Attributes
    ----------
    records, suppressed
        Records in the file; records suppressed, which are in it (starred) or not (dropped).
    class_sizes
        int64[:] of records, as the audit counted them.
    persons, evidence
        None where records are counted; None where the file itself shows all that is claimed.
    trees
        Hierarchies of sensitive attributes along which clauses measure.
    """

    sha256: str
    bytes: int
    format: Literal["csv", "parquet"]
    records: int
    suppressed: int
    columns: tuple[ReleasedColumn, ...]
    class_sizes: np.ndarray
    persons: ReleasedPersons | None = None
    evidence: ReleasedEvidence | None = None
    trees: tuple[ValueTree, ...] = ()


@dataclass(frozen=True, eq=False)
class Facts:
    """Everything that happened to one request, as far as it came.

    Attributes
    ----------
    created
        ISO 8601 with time zone.
    sizes_before
        int64[:], sizes of the classes of the original table in its quasi-identifiers, in persons
        where these are counted; None if the request ended before they were counted.
    hierarchies
        Of the quasi-identifiers, in the order of ``solution.levels``.
    solution, n_nodes
        Answer of the search and size of the lattice; None and 0 if nothing was searched.
    diagnosis
        What is known around a problem without solution.
    released
        None if no file was written, or none that may leave.
    findings
        Of the audit; they are part of the manifest.
    orders
        Stated orders of sensitive attributes.
    plugins
        Pairs (name, version).
    profiles
        Of the columns that may leave.
    key_id
        Short name of the key that signs the manifest; empty if there is none.
    language
        Of the pages that people read.
    """

    created: str
    software: str
    source: Source
    plan: Plan
    sizes_before: np.ndarray | None = None
    hierarchies: tuple[Hierarchy, ...] = ()
    solution: Solution | LocalSolution | Infeasible | Undecided | None = None
    diagnosis: Diagnosis | None = None
    n_nodes: int = 0
    released: ReleasedFile | None = None
    findings: tuple[Finding, ...] = ()
    orders: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    seed: int = 0
    plugins: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    profiles: tuple[ColumnProfile, ...] = ()
    key_id: str = ""
    language: str = LANGUAGES[0]
