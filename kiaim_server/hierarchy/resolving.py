"""Decides which hierarchy a quasi-identifier takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from kiaim_server.errors import HierarchyError, KiaimError, PluginError
from kiaim_server.hierarchy.catalogue import recipe
from kiaim_server.hierarchy.shipped import shipped_hierarchy
from kiaim_server.hierarchy.source import HierarchySource
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.contract import HierarchyBuilder
from kiaim_server.model.hierarchy import Hierarchy, Origin
from kiaim_server.model.plan import HierarchySpec


def resolve(
    spec: HierarchySpec | None,
    source: HierarchySource,
    attribute: str,
    values: pa.Array,
    host: PluginHost,
    *,
    sensitive: bool = False,
) -> Hierarchy:
    """The hierarchy of a column: the request's own, else what the policy says.

    Parameters
    ----------
    spec
        What the policy says: a builder with parameters, or a shipped hierarchy; None if nothing.
    values
        The distinct values of the column in its own type, maybe one null.
    sensitive
        Whether values are not to be named, not even those that a builder cannot place.

    Returns
    -------
    Hierarchy
        For `attribute`, with a row for the missing value if `values` has a null. Whether it
        covers the values is checked where they are encoded.

    Raises
    ------
    HierarchyError
        If there is none, or the one there is is no tree.
    PluginError
        If the builder is missing, fails, or returns something else than a hierarchy.
    """
    found = source.find(attribute)
    if found is None and spec is not None:
        try:
            found = _of_policy(spec, attribute, values, host)
        except HierarchyError as error:
            if sensitive and error.uncovered:
                raise _without_values(attribute, error) from None
            raise
    if found is None:
        raise HierarchyError(_mend(attribute, host))
    found = found.for_attribute(attribute)
    return found.with_missing() if values.null_count else found


def _without_values(attribute: str, error: HierarchyError) -> HierarchyError:
    """The error for values that cannot be placed and are not to be named."""
    n_values = len(error.uncovered)
    return HierarchyError(
        f"column {attribute!r}: {n_values} value{'' if n_values == 1 else 's'} cannot be placed; "
        "they are sensitive and not shown. 'kiaim hierarchy check' numbers the records that have "
        "them; correct these, or give the column another hierarchy",
        error.uncovered,
    )


def _of_policy(
    spec: HierarchySpec, attribute: str, values: pa.Array, host: PluginHost
) -> Hierarchy | None:
    if spec.builder is not None:
        origin = Origin("builder", spec.builder, spec.rule, spec.chosen_by)
        return build(spec.builder, spec.parameters, attribute, values, host).with_origin(origin)
    if spec.shipped is None:
        return None
    origin = Origin("shipped", spec.shipped, spec.rule, spec.chosen_by)
    made = recipe(spec.shipped)
    if made is not None:
        return build(*made, attribute, values, host).with_origin(origin)
    found = shipped_hierarchy(spec.shipped, attribute)
    if found is None:
        raise HierarchyError(
            f"rule {spec.rule!r} takes the hierarchy of column {attribute!r} from the shipped set "
            f"{spec.shipped!r}, which has none for it; name one as {spec.shipped}/COLUMN"
        )
    return found.with_origin(origin)


def build(
    builder: str,
    parameters: Mapping[str, Any],
    attribute: str,
    values: pa.Array,
    host: PluginHost,
) -> Hierarchy:
    """Let the builder of that name make a hierarchy over `values`.

    Raises
    ------
    PluginError
        If the builder is missing, fails, or returns something else than a hierarchy.
    ParameterError
        If it does not take the parameters.
    HierarchyError
        If it cannot place the values, or makes no tree of them.
    """
    kind = host.get("hierarchy builder", builder, HierarchyBuilder)  # type: ignore[type-abstract]
    return _built(kind.from_parameters(parameters), attribute, values)


def _built(builder: HierarchyBuilder, attribute: str, values: pa.Array) -> Hierarchy:
    """Let a plugin build, and check its result: it may have been put together unchecked."""
    try:
        built = builder.build(attribute, values)
        columns = [
            labels[codes].tolist() for labels, codes in zip(built.labels, built.maps, strict=True)
        ]
        names = built.level_names
    except KiaimError:
        raise
    except Exception as error:
        # The message of a foreign exception may quote a value, so only its type is told.
        raise PluginError(
            f"hierarchy builder {builder.name!r} failed on column {attribute!r} with "
            f"{type(error).__name__}"
        ) from error
    source = f"hierarchy of {attribute!r} as built by {builder.name!r}"
    return Hierarchy.from_columns(attribute, columns, names, source)


def _mend(attribute: str, host: PluginHost) -> str:
    builders = ", ".join(sorted(host.classes["hierarchy builder"])) or "none installed"
    return (
        f"column {attribute!r} is a quasi-identifier without a hierarchy; give a file "
        f"hierarchy_{attribute}.csv (one row per value: value;level 1;...;*) in the folder of "
        f"hierarchies, or have the policy build one (builders: {builders})"
    )
