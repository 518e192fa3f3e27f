"""What is claimed of a released file: the audit believes none of it before it has counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kiaim_server.model.attribute import Role
from kiaim_server.model.decision import Clause
from kiaim_server.model.value_tree import ValueTree

#: ``numeric``, ``lexical``, or the labels in ascending order.
Order = str | tuple[str, ...]
Format = Literal["csv", "parquet"]
SuppressionMode = Literal["drop", "star"]


@dataclass(frozen=True)
class Layout:
    """How a released file is to be read.

    Attributes
    ----------
    quasi, sensitive
        Names of the quasi-identifiers, and of the attributes whose values are counted per class.
    mode, suppressed
        What happened to suppressed records and how many there are said to be. In mode ``star``
        a record with a star in every quasi-identifier counts as suppressed only if there are said
        to be any; otherwise such records are an equivalence class like any other.
    orders
        Stated orders of sensitive attributes.
    persons, population
        Whether persons are counted instead of records, and whether there is a population around
        the records of the file. Both are seen with the evidence of the release only, but for
        persons where the file itself shows them.
    person_column
        The column of the file that tells persons apart as the person key does; None if none does.
    separations
        Of how many quasi-identifiers at most sets are looked at by themselves; 0 for none.
    trees
        Stated hierarchies of sensitive attributes.
    """

    format: Format
    quasi: tuple[str, ...]
    sensitive: tuple[str, ...] = ()
    mode: SuppressionMode = "drop"
    suppressed: int = 0
    orders: Mapping[str, Order] = field(default_factory=dict)
    persons: bool = False
    population: bool = False
    person_column: str | None = None
    separations: int = 0
    trees: tuple[ValueTree, ...] = ()

    @property
    def hides_persons(self) -> bool:
        """Whether only the evidence says whose the records are."""
        return self.persons and self.person_column is None


@dataclass(frozen=True)
class ClaimedPersons:
    """How many persons are in the file, and pairs (persons, number of classes with so many).

    `shown_in` is the column of the file that tells them apart as the person key does; None if only
    the evidence does.
    """

    in_file: int
    class_sizes: tuple[tuple[int, int], ...]
    shown_in: str | None = None


@dataclass(frozen=True)
class ClaimedColumn:
    """A column that the file is said to have.

    A direct identifier may leave only as a `pseudonym`, and only if the claims say so.
    """

    name: str
    role: Role
    pseudonym: bool = False


@dataclass(frozen=True)
class Claims:
    """Everything that is promised of a released file and can be recounted.

    Attributes
    ----------
    columns
        In the order of the file.
    input_records, records, suppressed
        Records put in, in the file, and suppressed.
    class_sizes
        Pairs (size, number of classes of that size), ascending by size.
    persons
        None where records are counted, not persons.
    subset_records
        Records put in that belong to the research subset, and may leave; None if all do.
    population
        Whether a clause looks at all that were put in as the population around the subset.
    """

    format: Format
    columns: tuple[ClaimedColumn, ...]
    input_records: int
    records: int
    suppressed: int
    mode: SuppressionMode
    class_sizes: tuple[tuple[int, int], ...]
    clauses: tuple[Clause, ...]
    orders: Mapping[str, Order] = field(default_factory=dict)
    persons: ClaimedPersons | None = None
    subset_records: int | None = None
    population: bool = False
    trees: tuple[ValueTree, ...] = ()

    @property
    def candidates(self) -> int:
        """Records that might have left: all, or those of the subset."""
        return self.input_records if self.subset_records is None else self.subset_records

    @property
    def needs_evidence(self) -> bool:
        """Whether the file alone does not show everything that is claimed."""
        return self.layout.hides_persons or self.population

    @property
    def layout(self) -> Layout:
        """How to read the file: its quasi-identifiers, and the attributes that clauses name."""
        named = dict.fromkeys(c.attribute for c in self.clauses if c.attribute is not None)
        return Layout(
            self.format,
            tuple(column.name for column in self.columns if column.role is Role.QUASI),
            tuple(named),
            self.mode,
            self.suppressed,
            self.orders,
            persons=self.persons is not None,
            population=self.population,
            person_column=None if self.persons is None else self.persons.shown_in,
            trees=self.trees,
        )

    @classmethod
    def from_manifest(cls, manifest: Mapping[str, Any]) -> Claims:
        """Take the claims out of a manifest whose structure has been checked."""
        output = manifest["output"]
        persons, subset = manifest.get("persons"), manifest.get("subset")
        return cls(
            format=output["format"],
            columns=tuple(
                ClaimedColumn(c["name"], Role(c["role"]), c.get("pseudonym", False))
                for c in output["columns"]
            ),
            input_records=manifest["input"]["records"],
            records=output["records"],
            suppressed=output["suppressed"]["records"],
            mode=output["suppressed"]["mode"],
            class_sizes=tuple((size, n) for size, n in manifest["class_sizes"]),
            clauses=tuple(_clause(clause) for clause in manifest["clauses"]),
            orders={
                name: order if isinstance(order, str) else tuple(order)
                for name, order in manifest["orders"].items()
            },
            persons=None
            if persons is None
            else ClaimedPersons(
                persons["in_file"],
                tuple((size, n) for size, n in persons["class_sizes"]),
                persons.get("shown_in"),
            ),
            subset_records=None if subset is None else subset["records"],
            population=subset is not None and subset["population"],
            trees=tuple(_tree(tree) for tree in manifest.get("value_hierarchies", ())),
        )


def _tree(claimed: Mapping[str, Any]) -> ValueTree:
    return ValueTree(
        claimed["attribute"],
        claimed["hierarchy"],
        claimed["sha256"],
        tuple(claimed["level_names"]),
        claimed["values_sha256"],
        tuple(tuple(level) for level in claimed["groups"]),
    )


def _clause(claimed: Mapping[str, Any]) -> Clause:
    return Clause(
        claimed["measure"],
        claimed["parameters"],
        claimed["attribute"],
        claimed["at_least"],
        claimed["at_most"],
        tuple(claimed["rules"]),
    )
