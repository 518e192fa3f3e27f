"""Finds plugins, checks that they keep the contract, calls their hooks and merges results."""

from __future__ import annotations

import copy
import hashlib
import importlib.metadata
import importlib.util
import inspect
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TypeVar

import marshmallow as ma
import pluggy

from kiaim_server.errors import PluginError
from kiaim_server.hooks import spec
from kiaim_server.hooks.guard import guarded
from kiaim_server.model import contract
from kiaim_server.model.contract import API_VERSION, Objection, Plugin
from kiaim_server.model.decision import Finding

#: Kind of plugin -> (registration hook, class that it must subclass).
KINDS: Final[Mapping[str, tuple[str, type[Plugin]]]] = {
    "transform": ("kiaim_register_transforms", contract.Transform),
    "privacy model": ("kiaim_register_privacy_models", contract.PrivacyModel),
    "loss measure": ("kiaim_register_loss_measures", contract.LossMeasure),
    "hierarchy builder": ("kiaim_register_hierarchy_builders", contract.HierarchyBuilder),
    "reader": ("kiaim_register_readers", contract.Reader),
    "detector": ("kiaim_register_detectors", contract.Detector),
    "synthesizer": ("kiaim_register_synthesizers", contract.Synthesizer),
}

P = TypeVar("P", bound=Plugin)


@dataclass(frozen=True)
class PluginInfo:
    """A plugin module that was found: what it offers, or why it cannot be used.

    `offers` are pairs (kind, name); for a plugin with a `problem`, what it would have offered as
    far as that is known.
    """

    name: str
    origin: str
    version: str
    offers: tuple[tuple[str, str], ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class _Found:
    name: str
    origin: str
    version: str
    module: ModuleType | None
    problem: str | None


@dataclass(frozen=True)
class PluginHost:
    """All plugins of this process. Build one with `PluginHost.load`.

    `classes` maps kind -> name -> plugin class, usable ones only; `plugins` lists every module
    found, the unusable ones with their reason.
    """

    plugins: tuple[PluginInfo, ...]
    classes: Mapping[str, Mapping[str, type[Plugin]]]
    _manager: pluggy.PluginManager = field(repr=False)

    @classmethod
    def load(cls, plugins_dir: Path | None = None) -> PluginHost:
        """Find plugins by entry points (group ``kiaim``) and in `plugins_dir`.

        A module ``*.py`` or a package directly inside `plugins_dir` is a plugin. Nothing raises
        here: what does not load or breaks the contract is listed with its reason.
        """
        manager = pluggy.PluginManager(spec.PROJECT)
        manager.add_hookspecs(spec)
        found = [*_from_entry_points(), *_from_directory(plugins_dir)]
        infos: list[PluginInfo] = []
        offered: list[tuple[str, type[Plugin], str]] = []
        for plugin in found:
            problem, classes = _register(manager, plugin)
            offers = tuple((kind, offer.name) for kind, offer in classes)
            infos.append(PluginInfo(plugin.name, plugin.origin, plugin.version, offers, problem))
            if problem is None:
                offered.extend((kind, offer, plugin.name) for kind, offer in classes)
        return cls(*_without_duplicates(infos, offered), manager)

    def get(self, kind: str, name: str, base: type[P]) -> type[P]:
        """The class of `kind` called `name`; models and measures are guarded, see `guard`.

        Raises
        ------
        PluginError
            Naming the plugin and the reason: not there (with the names that are), or unusable.
        """
        found = self.classes[kind].get(name)
        if found is not None and issubclass(found, base):
            return guarded(kind, found)
        raise PluginError(self.why_missing(kind, name))

    def why_missing(self, kind: str, name: str) -> str:
        """One sentence on why there is no usable plugin of that kind and name."""
        for info in self.plugins:
            if info.problem and (kind, name) in info.offers:
                return f"{kind} {name!r} cannot be used: plugin {info.name!r} {info.problem}"
        known = ", ".join(sorted(self.classes[kind])) or "none"
        broken = ", ".join(f"{i.name!r} ({i.problem})" for i in self.plugins if i.problem)
        note = f"; plugins that could not be loaded: {broken}" if broken else ""
        return f"no {kind} is called {name!r}; there are: {known}{note}"

    def objections(
        self, claims: Mapping[str, Any], findings: Sequence[Finding]
    ) -> tuple[Objection, ...]:
        """Ask every reviewer; an exception, or an answer of another type, is an objection too.

        Each gets a copy of its own: what is signed afterwards is not what a reviewer wrote.
        """
        collected = []
        for impl in self._manager.hook.kiaim_review_release.get_hookimpls():
            name = impl.plugin_name
            arguments = copy.deepcopy({"claims": claims, "findings": findings})
            try:
                answer = impl.function(*(arguments[a] for a in impl.argnames))
            except Exception as error:  # noqa: BLE001 - the hook host is a boundary: it fails closed
                answer = Objection(name, f"the reviewer failed with {type(error).__name__}")
            if answer is not None and not isinstance(answer, Objection):
                answer = Objection(name, "the reviewer gave an answer that is no objection")
            if answer is not None:
                collected.append(answer)
        return tuple(sorted(collected, key=lambda o: (o.plugin, o.reason)))


def _from_entry_points() -> list[_Found]:
    found = []
    for entry in sorted(importlib.metadata.entry_points(group=spec.PROJECT), key=lambda e: e.name):
        origin = entry.dist.name if entry.dist else entry.value
        version = entry.dist.version if entry.dist else "unknown"
        try:
            module = entry.load()
        except Exception as error:  # noqa: BLE001 - a plugin may fail in any way; it is listed
            reason = f"does not load: {_describe(error)}"
            found.append(_Found(entry.name, origin, version, None, reason))
        else:
            found.append(_Found(entry.name, origin, version, module, None))
    return found


def _from_directory(plugins_dir: Path | None) -> list[_Found]:
    if plugins_dir is None:
        return []
    if not plugins_dir.is_dir():
        raise PluginError(f"plugins directory {plugins_dir} does not exist")
    found = []
    for path in sorted(plugins_dir.iterdir()):
        file = path / "__init__.py" if path.is_dir() else path
        if file.suffix != ".py" or not file.is_file() or path.name.startswith(("_", ".")):
            continue
        name = f"kiaim_plugin_dir_{path.stem}"
        try:
            module_spec = importlib.util.spec_from_file_location(name, file)
            assert module_spec is not None  # noqa: S101 - a .py file always has both
            assert module_spec.loader is not None  # noqa: S101
            module = importlib.util.module_from_spec(module_spec)
            sys.modules[name] = module  # dataclasses and marshmallow look their module up
            module_spec.loader.exec_module(module)
        except Exception as error:  # noqa: BLE001 - a plugin may fail in any way; it is listed
            sys.modules.pop(name, None)
            found.append(
                _Found(path.stem, str(path), "unknown", None, f"does not load: {_describe(error)}")
            )
        else:
            found.append(_Found(path.stem, str(path), _version_of(module, path), module, None))
    return found


def _version_of(module: ModuleType, path: Path) -> str:
    """What the module declares, and a digest of its source: a manifest has to tell two apart."""
    sha = hashlib.sha256()
    for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
        sha.update(file.relative_to(path.parent).as_posix().encode() + b"\0" + file.read_bytes())
    return f"{getattr(module, '__version__', 'unknown')}+sha256.{sha.hexdigest()[:16]}"


def _describe(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _register(
    manager: pluggy.PluginManager, plugin: _Found
) -> tuple[str | None, list[tuple[str, type[Plugin]]]]:
    """Check one module against the contract and register its hooks if it keeps it."""
    if plugin.problem is not None or plugin.module is None:
        return plugin.problem, []
    api = getattr(plugin.module, "kiaim_api", None)
    if api != API_VERSION:
        return f"declares kiaim_api = {api}, but this server speaks {API_VERSION}", []
    classes: list[tuple[str, type[Plugin]]] = []
    try:
        manager.register(plugin.module, name=plugin.name)
        manager.check_pending()
        for kind, (hook, base) in KINDS.items():
            for impl in getattr(manager.hook, hook).get_hookimpls():
                if impl.plugin_name == plugin.name:
                    for offer in impl.function():
                        _check_offer(kind, base, offer)
                        classes.append((kind, offer))
    except Exception as error:  # noqa: BLE001 - a plugin may fail in any way; it is listed
        if manager.has_plugin(plugin.name):
            manager.unregister(name=plugin.name)
        return f"breaks its contract: {_describe(error)}", classes
    return None, classes


def _check_offer(kind: str, base: type[Plugin], offer: Any) -> None:
    if not (inspect.isclass(offer) and issubclass(offer, base)):
        raise TypeError(f"a {kind} must be a subclass of {base.__name__}")
    for attribute in ("name", "summary"):
        if not isinstance(getattr(offer, attribute, None), str):
            raise TypeError(f"{offer.__name__} lacks the text {attribute!r}")
    if inspect.isabstract(offer):
        missing = ", ".join(sorted(getattr(offer, "__abstractmethods__", ())))
        raise TypeError(f"{offer.__name__} does not implement {missing}")
    if not issubclass(offer.Parameters, ma.Schema):
        raise TypeError(f"{offer.__name__}.Parameters is not a marshmallow schema")


def _without_duplicates(
    infos: list[PluginInfo], offered: list[tuple[str, type[Plugin], str]]
) -> tuple[tuple[PluginInfo, ...], Mapping[str, Mapping[str, type[Plugin]]]]:
    """Take names that two plugins offer away from both, and say so of both."""
    times = Counter((kind, offer.name) for kind, offer, _ in offered)
    classes: dict[str, dict[str, type[Plugin]]] = {kind: {} for kind in KINDS}
    clashes: dict[str, list[str]] = {}
    for kind, offer, plugin in offered:
        if times[kind, offer.name] == 1:
            classes[kind][offer.name] = offer
        else:
            clashes.setdefault(plugin, []).append(f"{kind} {offer.name!r}")
    marked = [
        info
        if info.name not in clashes
        else PluginInfo(
            info.name,
            info.origin,
            info.version,
            info.offers,
            f"offers {', '.join(clashes[info.name])}, which another plugin offers too",
        )
        for info in infos
    ]
    return tuple(marked), classes
