"""The hierarchy of a sensitive attribute over the codes of its values."""

from __future__ import annotations

import numpy as np

from kiaim_server.encode.leaves import leaf_codes
from kiaim_server.errors import HierarchyError
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.records import Records
from kiaim_server.model.table import as_text


def value_tree(table: Records, name: str, labels: np.ndarray, hierarchy: Hierarchy) -> Hierarchy:
    """Restrict a hierarchy to the values that occur in a column; its leaf codes are theirs.

    Parameters
    ----------
    labels
        Text of each value code of the column `name`, None for the missing value.

    Raises
    ------
    HierarchyError
        If the hierarchy lacks values (counted, not named: they are sensitive), or its last level
        has several, so that nothing would say how far apart they are.

    Notes
    -----
    O(n_records + n_leaves + n_values * n_levels).
    """
    distinct = table.distinct(name)
    if distinct.missing:
        hierarchy = hierarchy.with_missing()
    leaves = leaf_codes(distinct.every, hierarchy)
    if (leaves < 0).any():
        raise HierarchyError(
            f"{table.name}: the hierarchy of the sensitive column {name!r} lacks "
            f"{int((leaves < 0).sum())} of its {len(leaves)} distinct values; add a row for each "
            "to the hierarchy, or correct the data"
        )
    code_of = {text: code for code, text in enumerate(labels.tolist())}
    leaf_of = np.empty(len(leaves), dtype=np.int64)
    leaf_of[[code_of[text] for text in as_text(distinct.every).to_pylist()]] = leaves
    groups, maps = [labels], [np.arange(len(leaves), dtype=np.int32)]
    for names, group_of in zip(hierarchy.labels[1:], hierarchy.maps[1:], strict=True):
        present, restricted = np.unique(group_of[leaf_of], return_inverse=True)
        groups.append(names[present])
        maps.append(restricted.astype(np.int32))
    if len(groups[-1]) > 1:
        raise HierarchyError(
            f"{table.name}: the last level of the hierarchy of the sensitive column {name!r} has "
            f"{len(groups[-1])} values, but must have one for all values that occur; add a level "
            "that is * everywhere"
        )
    return Hierarchy(name, tuple(groups), tuple(maps), hierarchy.level_names)
