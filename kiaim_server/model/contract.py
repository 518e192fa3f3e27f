"""The contract of plugins: what to subclass, what each method receives and must return.

A plugin is a Python module with ``kiaim_api = 1`` that implements hooks of
`kiaim_server.hooks.spec` and returns *classes* defined here. The server makes instances through
`Plugin.from_parameters`, so parameters are always checked against the plugin's own schema first.

All methods are pure: equal input, equal output; no files, no sockets, no global random state.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, Self

import marshmallow as ma
import numpy as np
import pyarrow as pa

from kiaim_server.errors import ParameterError
from kiaim_server.model.attribute import (
    WORTH_ASKING,
    Attribute,
    Evidence,
    Proposal,
    Recognition,
)
from kiaim_server.model.classes import EquivalenceClasses
from kiaim_server.model.grouping import Grouping
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.naming import NamePatterns

#: Version of this contract. A plugin module declares the one it was written for.
API_VERSION: Final = 1


class NoParameters(ma.Schema):
    """Schema of a plugin without parameters."""


class Plugin:
    """What every kind of plugin class has: a name, a sentence, a schema for its parameters."""

    #: How policies and messages call it: lower case words joined by hyphens, unique per kind.
    name: ClassVar[str]
    #: One sentence for people who choose it.
    summary: ClassVar[str]
    #: Unknown keys are errors (marshmallow's default): a typo must not disarm a parameter.
    Parameters: ClassVar[type[ma.Schema]] = NoParameters

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        """Check parameters against the schema and construct.

        Raises
        ------
        ParameterError
            Naming the plugin and each faulty parameter.
        """
        try:
            loaded = cls.Parameters().load(dict(parameters))
        except ma.ValidationError as error:
            faults = "; ".join(
                f"{key}: {' '.join(map(str, m)) if isinstance(m, list) else m}"
                for key, m in error.messages_dict.items()
            )
            raise ParameterError(f"{cls.name}: {faults}") from None
        return cls(**loaded)


# --- privacy models ---------------------------------------------------------------------------


class PrivacyModel(Plugin, ABC):
    """A demand on equivalence classes, e.g. every class has at least k records.

    Policies demand it in ``require``. Of its parameters, ``at_least`` and ``at_most`` are bounds:
    where several rules demand the same model with otherwise equal parameters, the largest
    ``at_least`` and the smallest ``at_most`` hold.
    """

    #: Whether the model is about one sensitive attribute (made once per attribute).
    needs_sensitive: ClassVar[bool] = False
    #: Whether the model looks at the population of the classes, hence needs a research subset.
    needs_population: ClassVar[bool] = False
    #: Merging classes never makes a kept class fail.
    monotone_with_generalization: ClassVar[bool] = True
    #: The number of records in failing classes never grows under generalization.
    monotone_with_suppression: ClassVar[bool] = False
    #: A class fails exactly where it is smaller than `minimum_size` or `minimum_population`.
    decided_by_minimum: ClassVar[bool] = False

    #: Whether `failing` looks at the reference of the values; True if unknown. Only a question
    #: where there is a sensitive attribute.
    compares_with_reference: ClassVar[bool] = True

    #: The sensitive attribute, set by the server through `for_attribute` where `needs_sensitive`.
    attribute: str | None = None
    #: The hierarchy over the values of `attribute`, set by the server through `for_tree` where
    #: `needs_tree`: its leaf codes are the codes of the values, its last level has one value.
    tree: Hierarchy | None = None

    def for_attribute(self, attribute: str) -> Self:
        """The same model about one sensitive attribute."""
        clone = copy.copy(self)
        object.__setattr__(clone, "attribute", attribute)  # models are frozen dataclasses
        return clone

    @property
    def needs_tree(self) -> bool:
        """Whether the model needs the hierarchy of its attribute.

        Then it has a parameter called ``hierarchy``, by which a policy names it: ``own``,
        ``policy`` or a shipped hierarchy.
        """
        return False

    def for_tree(self, tree: Hierarchy) -> Self:
        """The same model with the hierarchy over the values of its attribute."""
        clone = copy.copy(self)
        object.__setattr__(clone, "tree", tree)
        return clone

    @property
    def minimum_size(self) -> int:
        """A class with fewer records surely fails, and so does every part of it. 1 if unknown.

        The search prunes with it; too small is slow, too large is wrong.
        """
        return 1

    @property
    def minimum_distinct(self) -> int:
        """A class with fewer distinct values of `attribute` surely fails. 1 if unknown."""
        return 1

    @property
    def minimum_mass(self) -> float:
        """Least share of the reference that the values of a passing class make up. 0 if unknown."""
        return 0.0

    @property
    def minimum_population(self) -> int:
        """A class with a smaller population surely fails, and so does every part. 1 if unknown."""
        return 1

    @property
    def forbids_outside_classes(self) -> bool:
        """Whether a class without any record of the research subset makes the whole node fail.

        No suppression mends that: such a class has no record that could be suppressed.
        """
        return False

    @abstractmethod
    def failing(self, classes: EquivalenceClasses) -> np.ndarray:
        """Mark the classes that violate the model.

        Called with classes of a candidate that are not suppressed yet, at least one of them; each
        class is judged by itself, against the reference of its values.

        Returns
        -------
        bool[:], shape (n_classes,)
        """

    @abstractmethod
    def measure(self, classes: EquivalenceClasses) -> float:
        """The model's own quantity over all classes, at its worst; NaN where there is no class.

        `at_least <= measure` (or `measure <= at_most`) must be equivalent to "no class fails",
        apart from rounding.
        """


class ReleaseModel(PrivacyModel):
    """A demand on the release as a whole, e.g. on the average risk over all records.

    The search suppresses the smallest classes until it holds.
    """

    #: Once it holds, it still holds without the smallest class. Then bisection finds the fewest
    #: classes to suppress. Where False, many more prefixes are tried (docs/search.md says which).
    holds_without_smallest: ClassVar[bool] = True

    @abstractmethod
    def holds(self, sizes: np.ndarray) -> bool:
        """Whether a release with these class sizes (int64[:], not empty) satisfies the model."""

    def failing(self, classes: EquivalenceClasses) -> np.ndarray:
        """No class fails by itself."""
        return np.zeros(classes.n_classes, dtype=np.bool_)


# --- information loss -------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class ColumnCosts:
    """Cost per record and leaf of one attribute at one level.

    Attributes
    ----------
    kept, suppressed
        float64[:], shape (n_leaves,), ``0 <= kept <= suppressed``: what a record with this leaf
        costs if it is kept at the level, and if it is suppressed there.
    """

    kept: np.ndarray
    suppressed: np.ndarray


class LossMeasure(Plugin, ABC):
    """Information loss as costs per attribute that add up over records, smaller is better.

    The search minimises ``score``. It prunes with ``score`` of totals in which everything still
    open counts as kept at its finest level; so `costs().kept` must not fall from one level to the
    next, and `score` must not fall when a total grows.
    """

    @abstractmethod
    def costs(self, hierarchy: Hierarchy, level: int, frequencies: np.ndarray) -> ColumnCosts:
        """Costs of an attribute at a level; `frequencies` is int64[:], records per leaf."""

    @abstractmethod
    def score(
        self, totals: Sequence[float], hierarchies: Sequence[Hierarchy], n_records: int
    ) -> float:
        """Combine the totals of all attributes (in the order of `hierarchies`) into one number."""

    def scorer(
        self, hierarchies: Sequence[Hierarchy], n_records: int
    ) -> Callable[[Sequence[float]], float]:
        """`score` of one table's totals, up to rounding: what the search calls thousands of times.

        Worth its own code where most of the work does not depend on the totals.
        """
        return lambda totals: self.score(totals, hierarchies, n_records)

    @abstractmethod
    def per_attribute(
        self, totals: Sequence[float], hierarchies: Sequence[Hierarchy], n_records: int
    ) -> tuple[float, ...]:
        """The loss of each attribute by itself, for reports."""

    def summands(
        self, totals: Sequence[float], hierarchies: Sequence[Hierarchy], n_records: int
    ) -> tuple[float, ...] | None:
        """One number per attribute, so that `score` depends on nothing but their sum.

        With it, lattices that are too large to be searched get better lower bounds: the least
        sums that groups of attributes can have add up. A summand depends on the total of its
        attribute alone, and never falls when that grows. None, the default: there is no such sum.
        """
        return None

    def score_of(self, summed: float, hierarchies: Sequence[Hierarchy]) -> float:
        """The score at a sum of `summands`; it never falls when the sum grows."""
        raise NotImplementedError(f"{self.name}: has summands, but does not say their score")


class ClassLossMeasure(LossMeasure):
    """Information loss that depends on the classes, e.g. on their sizes, not on costs alone.

    The search minimises ``class_score`` and prunes with it: of a node it is the loss; of a prefix
    (see `Grouping`) it must not exceed the loss of any node below; and it must not fall when a
    class of a node is suppressed. One formula often serves both, if it says the least that a part
    of a class can cost and a node has one part per class.

    ``score`` is a lower bound too, looked at before classes are known; by default it says nothing.
    Costs are needed only for it, and where `needs_columns`.
    """

    #: Whether `Grouping.columns` is needed; without, the search is faster.
    needs_columns: ClassVar[bool] = False

    @abstractmethod
    def class_score(
        self, totals: Sequence[float], grouping: Grouping, hierarchies: Sequence[Hierarchy]
    ) -> float:
        """The loss of a node, or a lower bound of the loss of all nodes below a prefix.

        Parameters
        ----------
        totals
            Costs per attribute, summed up over records; of a prefix, lower bounds of them.
        """

    def class_losses(
        self, totals: Sequence[float], grouping: Grouping, hierarchies: Sequence[Hierarchy]
    ) -> tuple[float, ...]:
        """The loss of each attribute at a node, for reports; empty if it cannot be attributed."""
        return ()

    def costs(self, hierarchy: Hierarchy, level: int, frequencies: np.ndarray) -> ColumnCosts:
        """Nothing."""
        nothing = np.zeros(hierarchy.n_leaves, dtype=np.float64)
        return ColumnCosts(nothing, nothing)

    def score(
        self, totals: Sequence[float], hierarchies: Sequence[Hierarchy], n_records: int
    ) -> float:
        """A lower bound of the loss from the totals alone: 0."""
        return 0.0

    def per_attribute(
        self, totals: Sequence[float], hierarchies: Sequence[Hierarchy], n_records: int
    ) -> tuple[float, ...]:
        """Nothing: `class_losses` has it."""
        return ()


# --- values -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ColumnContext:
    """What a transform may know about the column it works on.

    `key` derives a secret for a purpose from the installation's master secret; equal purpose,
    equal key. It must not be stored or put into the output. `hierarchy` is the column's, if it
    has one; surely given to a transform that `needs_hierarchy`, where there is one. `codes` are
    the labels that transforms before this one put for values (``90+``): they are no values, and
    stay as they are. `records` is int64[:], how many records each element that `fit` gets stands
    for; None where each stands for one.
    """

    attribute: Attribute
    type: str
    hierarchy: Hierarchy | None
    seed: int
    key: Callable[[str], bytes] = field(repr=False)
    codes: tuple[str, ...] = ()
    records: np.ndarray | None = None


#: Maps one batch of values to as many values; called with consecutive batches of the column.
ColumnFunction = Callable[[pa.Array], pa.Array]


class Transform(Plugin, ABC):
    """A change of the values of one column that a policy orders, independent of the search.

    Where rules order several transforms for one column, each demand has to be met. Two are joined
    by `merged` if they can; one is left out only if another one `subsumes` it; those that remain
    are applied one after the other, in the order in which each `follows` those before it. If
    there is no such order, the release is blocked.
    """

    #: Place in the order of strictness: keep 0, rounding and coding 1, generalise 2,
    #: pseudonymise 3, remove 4. It decides what ``column.action`` says where several are applied,
    #: and which transforms protect a direct identifier (3 and above).
    strictness: ClassVar[int]
    #: Whether the column leaves the table altogether; then `fit` is never called.
    removes_column: ClassVar[bool] = False
    #: Whether what a value becomes depends on nothing but the value, the distinct values of the
    #: column and how often each occurs: not on the order of records, not on chance. Then `fit` may
    #: get each distinct value once, with `ColumnContext.records`, and its function may be called
    #: once with them all. Only such transforms work on tables that do not fit into memory.
    by_value: ClassVar[bool] = False
    #: What ``column.action`` says of the column in conditions.
    action: ClassVar[str]

    @abstractmethod
    def fit(self, values: pa.ChunkedArray, context: ColumnContext) -> ColumnFunction:
        """Look at all values of the column and return the function that maps its batches.

        Where the transform works `by_value`, `values` may be the distinct values (a missing one
        among them, if there is any), each standing for as many records as the context says.

        The result of the function has the length of its argument; missing values stay missing
        unless the transform is about them.

        Raises
        ------
        DataError
            If the column's values are of a type that the transform cannot work on.
        """

    def merged(self, other: Transform) -> Transform | None:
        """The one transform that does at least what both do; None if there is none (a conflict)."""
        return self if self == other else None

    def subsumes(self, other: Transform) -> bool:
        """Whether this one alone does all that `other` demands, whatever the values are.

        Then `other` is left out. By default only what keeps the column as it is (place 0) is
        subsumed, and everything by a transform that removes the column.
        """
        return self.removes_column or (other.strictness == 0 and self.strictness > 0)

    def follows(self, other: Transform) -> bool:
        """Whether it can be applied to what `other` leaves, and then both demands are met.

        By default it cannot: an order that nobody has thought about blocks the release.
        """
        return False

    @property
    def codes(self) -> tuple[str, ...]:
        """Labels that it puts for values and that are groups of their own, such as ``90+``.

        Later transforms find them in `ColumnContext.codes`; hierarchies keep them as groups of
        their own, except on a level that shows a star for everything.
        """
        return ()

    @property
    def needs_hierarchy(self) -> bool:
        """Whether `fit` cannot work without `ColumnContext.hierarchy`."""
        return False

    @property
    def level_name(self) -> str | None:
        """Name of the hierarchy level that it amounts to for a quasi-identifier; None if none.

        Where the column's hierarchy has a level of this name, the server does not change the
        values but forbids the search to stay below that level, so that loss is counted from the
        original values.
        """
        return None

    @property
    def granularity(self) -> str | None:
        """What ``column.granularity`` is afterwards; None if it does not change."""
        return None


class HierarchyBuilder(Plugin, ABC):
    """Makes a hierarchy for the values that occur in a column."""

    @abstractmethod
    def build(self, attribute: str, values: pa.Array) -> Hierarchy:
        """Build the hierarchy over `values`: distinct, in the type of the column, maybe a null.

        Leaves must be spelt as by `kiaim_server.model.table.as_text`.

        Raises
        ------
        HierarchyError
            If a value cannot be placed; the message counts such values and names up to five.
        """


@dataclass(frozen=True, eq=False)
class ColumnSample:
    """What a detector may see of a column.

    Attributes
    ----------
    type
        As `ColumnProfile.type`.
    n_records, n_missing, n_distinct
        Of the whole column; a missing value counts as a distinct one.
    values
        All distinct values, or 2,000 of them, spelt as text, none missing, each cut after 1,024
        characters.
    """

    name: str
    type: str
    n_records: int
    n_missing: int
    n_distinct: int
    values: pa.StringArray = field(repr=False)


class Detector(Plugin, ABC):
    """Recognises what a column is, by its name, the form and check digits of its values, or counts.

    What it says is a proposal. It has an effect only where a policy names the detector.
    """

    #: What a recognised column would be; None proposes nothing.
    proposal: ClassVar[Proposal | None] = None
    #: Column names that say so, and ones that only suggest it, spelt as in policies: folded, with
    #: ``*`` for any letters.
    names: ClassVar[tuple[str, ...]] = ()
    likely_names: ClassVar[tuple[str, ...]] = ()
    #: Confidence of a name in `names`, of one in `likely_names`, and of values that all fit.
    by_name: ClassVar[float] = 0.95
    by_likely_name: ClassVar[float] = 0.6
    by_values: ClassVar[float] = 0.95
    #: Chance that a value of something else that has the form passes the check.
    chance: ClassVar[float] = 0.0

    @abstractmethod
    def share(self, name: str, values: pa.StringArray) -> float:
        """Share in [0, 1] of the values that are recognised; `values` are distinct, none missing.

        At 0.9 and above the column counts as detected.
        """

    def recognise(self, column: ColumnSample) -> Recognition | None:
        """What it says of a column; None if it has nothing to say.

        By default name and values count as independent evidence. Values count from half of them
        on, less where a check digit may be right by chance, and a name counts less where hardly
        any value fits.
        """
        n_values = len(column.values)
        share = self.share(column.name, column.values) if n_values else 0.0
        if type(share) not in (int, float) or not 0 <= share <= 1:
            raise ValueError("gave no share between 0 and 1")
        values = 0.0
        if share >= WORTH_ASKING:
            values = self.by_values * share * (1 - self.chance ** round(share * n_values))
        return self.concluded(self.confidence_of_name(column.name, share), values, share)

    def confidence_of_name(self, name: str, share: float | None = None) -> float:
        """Confidence that the column's name gives, if `share` of the values fit."""
        found = 0.0
        if _patterns(self.names).match(name) is not None:
            found = self.by_name
        elif _patterns(self.likely_names).match(name) is not None:
            found = self.by_likely_name
        return found * _CONTRADICTED if share is not None and share < _HARDLY_ANY else found

    def concluded(
        self,
        name: float,
        values: float,
        share: float | None,
        basis: Literal["values", "statistics"] = "values",
    ) -> Recognition | None:
        """Put the confidence of name and values together; None if there is none."""
        found: list[tuple[float, Evidence]] = [(values, basis), (name, "name")]
        found = sorted((f for f in found if f[0] > 0), key=lambda f: -f[0])
        if not found:
            return None
        return Recognition(
            detector=self.name,
            evidence=tuple(evidence for _, evidence in found),
            share=share,
            confidence=round(1 - (1 - name) * (1 - values), 2),
            proposal=self.proposal,
            summary=self.summary,
        )


@lru_cache(maxsize=512)
def _patterns(names: tuple[str, ...]) -> NamePatterns:
    return NamePatterns(names)


#: Share of fitting values below which they speak against the name, and what is left of its weight.
_HARDLY_ANY: Final = 0.1
_CONTRADICTED: Final = 0.7


# --- files ------------------------------------------------------------------------------------


class StoredFile(ABC):
    """A file whose records can be read again and again, without ever holding them all."""

    @property
    @abstractmethod
    def schema(self) -> pa.Schema:
        """Names and types of the columns as `batches` gives them; no dictionary types."""

    @property
    @abstractmethod
    def n_records(self) -> int:
        """Number of records."""

    @abstractmethod
    def batches(self, columns: Sequence[str], size: int) -> Iterator[pa.RecordBatch]:
        """The records of these columns (at least one) in order, at most `size` per batch.

        Values are those that `Reader.read` gives.

        Raises
        ------
        DataError
            If the file cannot be read any more.
        """


class Reader(Plugin, ABC):
    """Reads one file format into Arrow columns. Parameters are the format's options."""

    #: File name endings, lower case with dot, that the reader is chosen for.
    suffixes: ClassVar[tuple[str, ...]]
    #: Media types that the reader is chosen for on upload.
    media_types: ClassVar[tuple[str, ...]]

    @abstractmethod
    def read(self, path: Path, name: str) -> pa.Table:
        """Read the file at `path`; messages call it `name`.

        Text stays text: a column becomes a number or a date only if every value survives the way
        back unchanged. An empty text is a missing value.

        Raises
        ------
        DataError
            Naming file, line and column; never a cell value.
        """

    def open(self, path: Path, name: str) -> StoredFile | None:
        """The same file for readers of batches; None if the format can only be read as a whole.

        Raises
        ------
        DataError
            As from `read`, as far as it can be known before the records are read.
        """
        return None


# --- synthesis and review ---------------------------------------------------------------------


class Synthesizer(Plugin, ABC):
    """Learns from a table and draws new records of the same columns."""

    @abstractmethod
    def fit(self, table: pa.Table, attributes: Sequence[Attribute], seed: int) -> FittedSynthesizer:
        """Learn the joint distribution of `table`, which has no direct identifiers."""


class FittedSynthesizer(ABC):
    """A synthesizer after training."""

    @abstractmethod
    def sample(self, n_records: int, seed: int) -> Iterator[pa.RecordBatch]:
        """Draw records in batches, with the columns and types of the training table."""


@dataclass(frozen=True)
class Objection:
    """A veto against a release: by which plugin, against which clause (if any), and why."""

    plugin: str
    reason: str
    clause: str | None = None


def smallest_size_for(risk: Fraction) -> int:
    """The smallest class size whose prosecutor risk 1/size is at most `risk`; exact."""
    return -(-risk.denominator // risk.numerator) if risk > 0 else 2**62
