"""Models and measures of plugins, held to their contract wherever the search calls them.

What a foreign method raises may quote a value, and what it returns may be anything. The guarded
class is a subclass that turns both into a `PluginError` with the plugin's name.
"""

from __future__ import annotations

import functools
import math
import types
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeVar, cast

import numpy as np

from kiaim_server.errors import KiaimError, PluginError
from kiaim_server.model.contract import ColumnCosts, Plugin

P = TypeVar("P", bound=Plugin)
T = TypeVar("T")

#: Looks at the arguments and the result of a method and says what is wrong, or None.
_Check = Callable[[Sequence[Any], Any], str | None]


def _marks(arguments: Sequence[Any], result: Any) -> str | None:
    n_classes = arguments[0].n_classes
    fits = isinstance(result, np.ndarray) and result.dtype == np.bool_
    if fits and result.shape == (n_classes,):
        return None
    return f"did not mark each of {n_classes} classes as true or false"


def _costs(arguments: Sequence[Any], result: Any) -> str | None:
    n_leaves = arguments[0].n_leaves
    if not isinstance(result, ColumnCosts):
        return "gave no ColumnCosts"
    for costs in map(np.asarray, (result.kept, result.suppressed)):
        if costs.shape != (n_leaves,):
            return f"did not give one cost for each of {n_leaves} leaves"
        if not np.isfinite(costs).all():
            return "gave a cost that is no finite number"
    return None


def _finite(arguments: Sequence[Any], result: Any) -> str | None:
    try:
        finite = math.isfinite(result)
    except TypeError:
        finite = False
    return None if finite else "gave no finite number"


def _anything(arguments: Sequence[Any], result: Any) -> str | None:
    return None


_METHODS: Final[Mapping[str, Mapping[str, _Check]]] = {
    "privacy model": {"failing": _marks, "holds": _anything},
    "loss measure": {
        "costs": _costs,
        "score": _finite,
        "per_attribute": _anything,
        "class_score": _finite,
        "class_losses": _anything,
    },
}


def guarded(kind: str, plugin: type[P]) -> type[P]:
    """The plugin's class with its methods guarded; kinds that are guarded elsewhere stay bare.

    The same class every time, so that instances of equal parameters stay equal.
    """
    made: type[P] = _subclass(kind, cast("Any", plugin))  # to mypy, a class is not hashable
    return made


def attempt(plugin: str, what: str, call: Callable[[], T]) -> T:
    """Call what a plugin offers; what it raises becomes a `PluginError` without its words.

    For calls that are not guarded by themselves, from where a failure is not the end.

    Raises
    ------
    PluginError
        Naming the plugin, what it was to do, and the type of its exception.
    """
    try:
        return call()
    except Exception as error:
        raise PluginError(f"{plugin!r} failed to {what} with {type(error).__name__}") from error


@cache
def _subclass(kind: str, plugin: Any) -> Any:
    methods = {
        name: _guard(kind, plugin, name, check)
        for name, check in _METHODS.get(kind, {}).items()
        if hasattr(plugin, name)
    }
    if not methods:
        return plugin
    attributes = {"__doc__": plugin.__doc__, "__module__": plugin.__module__, **methods}
    return types.new_class(
        plugin.__name__, (plugin,), exec_body=lambda body: body.update(attributes)
    )


def _guard(kind: str, plugin: type[Plugin], name: str, check: _Check) -> Callable[..., Any]:
    method = getattr(plugin, name)

    @functools.wraps(method)
    def call(self: Plugin, *arguments: Any) -> Any:
        try:
            result = method(self, *arguments)
        except KiaimError:
            raise
        except Exception as error:
            raise PluginError(
                f"{kind} {plugin.name!r} failed in {name!r} with {type(error).__name__}"
            ) from error
        fault = check(arguments, result)
        if fault is not None:
            raise PluginError(f"{kind} {plugin.name!r} breaks its contract: {name!r} {fault}")
        return result

    return call
