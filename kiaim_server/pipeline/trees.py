"""Finds the hierarchies along which models measure how far sensitive values are apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kiaim_server.encode import value_tree
from kiaim_server.errors import HierarchyError, PluginError
from kiaim_server.hierarchy import HierarchySource, resolve
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.classes import ValueCounts
from kiaim_server.model.contract import PrivacyModel
from kiaim_server.model.encoded import TupleTable
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.plan import HierarchySpec, Plan
from kiaim_server.model.records import Records
from kiaim_server.model.table import as_text
from kiaim_server.model.value_tree import ValueTree, ascending, values_digest
from kiaim_server.policy import OWN_HIERARCHY, POLICY_HIERARCHY


@dataclass(frozen=True, eq=False)
class NamedTree:
    """A hierarchy over the value codes of a sensitive attribute.

    `source` is how the policy names it, `sha256` the digest of the hierarchy as it was found.
    """

    source: str
    sha256: str
    tree: Hierarchy


@dataclass(frozen=True, eq=False)
class TreeFinder:
    """Where the hierarchies of sensitive attributes come from; `labels` are those of their codes.

    Unlike with quasi-identifiers, the hierarchy of a sensitive attribute is part of the promise:
    it decides how far apart two values are. So a request's own is taken only where the policy
    says so.
    """

    table: Records
    labels: Mapping[str, np.ndarray]
    plan: Plan
    own: HierarchySource
    host: PluginHost

    def find(self, name: str, source: str, codes: Sequence[str]) -> NamedTree:
        """The tree that `source` names for a column; `codes` are labels that transforms put.

        Raises
        ------
        HierarchyError
            If there is none, it lacks values, or it does not end in one value.
        """
        distinct = self.table.distinct(name).every
        if codes:
            is_code = pc.is_in(as_text(distinct), value_set=pa.array(codes, pa.string()))
            distinct = distinct.filter(pc.invert(is_code))
        found = self._resolve(name, source, distinct)
        for code in codes:
            found = found.with_code(code)
        tree = value_tree(self.table, name, self.labels[name], found)
        return NamedTree(source, found.digest, tree)

    def _resolve(self, name: str, source: str, distinct: pa.Array) -> Hierarchy:
        asked = f"column {name!r}: the policy measures how far its values are apart along "
        if source == OWN_HIERARCHY:
            if self.own.find(name) is None:
                raise HierarchyError(
                    f"{asked}a hierarchy of your own, but you gave none; give a file "
                    f"hierarchy_{name}.csv (one row per value: value;level 1;...;*) in the folder "
                    "of hierarchies"
                )
            return resolve(None, self.own, name, distinct, self.host, sensitive=True)
        spec: HierarchySpec | None = HierarchySpec(f"hierarchy: {source}", shipped=source)
        if source == POLICY_HIERARCHY:
            spec = next((c.hierarchy for c in self.plan.columns if c.name == name), None)
            if spec is None:
                raise HierarchyError(
                    f"{asked}a hierarchy of the policy, but no entry of its 'hierarchies' is for "
                    "this column; add one"
                )
        return resolve(spec, HierarchySource(), name, distinct, self.host, sensitive=True)


def with_trees(
    models: Sequence[PrivacyModel],
    sources: Sequence[str | None],
    finder: TreeFinder,
    codes: dict[str, tuple[str, ...]],
) -> tuple[tuple[PrivacyModel, ...], tuple[NamedTree, ...]]:
    """Give every model that needs one the hierarchy of its attribute.

    Parameters
    ----------
    sources
        What the requirement of each model says under ``hierarchy``.
    codes
        Per column the labels that transforms put for values.

    Returns
    -------
    The models, and each hierarchy once.

    Raises
    ------
    HierarchyError
        As `TreeFinder.find`.
    PluginError
        A model needs a hierarchy, but has no parameter that names it.
    """
    found: dict[tuple[str, str], NamedTree] = {}
    complete = []
    for model, source in zip(models, sources, strict=True):
        name = model.attribute
        if model.needs_tree and name is not None and name in finder.labels:
            if source is None:
                raise PluginError(
                    f"privacy model {model.name!r} breaks its contract: it needs a hierarchy, but "
                    "has no parameter 'hierarchy' that names it"
                )
            key = (name, source)
            if key not in found:
                found[key] = finder.find(name, source, codes.get(name, ()))
            model = model.for_tree(found[key].tree)
        complete.append(model)
    return tuple(complete), tuple(found.values())


def released_trees(
    trees: Sequence[NamedTree], tuples: TupleTable, in_file: np.ndarray
) -> tuple[ValueTree, ...]:
    """The trees over the values that occur in the file, as a manifest carries them.

    `in_file` is bool[:], shape (n_tuples,): tuples whose records are in the file, maybe starred.
    """
    return tuple(_released(t, tuples.sensitive[t.tree.attribute], in_file) for t in trees)


def _released(named: NamedTree, values: ValueCounts, in_file: np.ndarray) -> ValueTree:
    cells = np.repeat(in_file, np.diff(values.indptr))
    present = np.unique(values.values[cells])
    texts = named.tree.labels[0][present].tolist()
    order = ascending(texts)
    codes = present[order]
    return ValueTree(
        attribute=named.tree.attribute,
        hierarchy=named.source,
        sha256=named.sha256,
        level_names=named.tree.level_names,
        values_sha256=values_digest([texts[i] for i in order]),
        groups=tuple(_numbered(level[codes].tolist()) for level in named.tree.maps[1:]),
    )


def _numbered(groups: Sequence[int]) -> tuple[int, ...]:
    """Groups numbered in the order in which they occur."""
    numbers: dict[int, int] = {}
    return tuple(numbers.setdefault(group, len(numbers)) for group in groups)
