"""Finds policies: those that ship with the product, those of a directory, and single files."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, Self

from kiaim_server.errors import NotFoundError, PolicyError
from kiaim_server.hierarchy.shipped import shipped_names
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.diagnostic import Diagnostic, errors_in_words
from kiaim_server.policy.document import Policy
from kiaim_server.policy.locking import Lock, read_lock, resolved_fault, with_lock_faults
from kiaim_server.policy.resolving import Environment, resolve
from kiaim_server.policy.source import SourceFile, read_file, read_source
from kiaim_server.policy.spelling import did_you_mean

#: Ending of policy files; the part before it is the policy's name.
ENDING: Final = ".policy.yaml"
#: Where shipped policies are.
_PACKAGE: Final = resources.files("kiaim_policies")


def _today() -> datetime.date:
    """The day on which releases are judged: that of UTC."""
    return datetime.datetime.now(datetime.UTC).date()


@dataclass(frozen=True)
class PolicyLibrary:
    """All policies of one installation. Build one with `PolicyLibrary.load`.

    A file of the directory may not have the name of a shipped policy: it would change what
    everyone who names that policy gets. `clock` says which day it is when a policy is loaded.
    """

    host: PluginHost
    directory: Path | None
    hierarchies: tuple[str, ...]
    clock: Callable[[], datetime.date] = _today
    _resolved: dict[str, Policy] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def load(
        cls,
        host: PluginHost,
        directory: Path | None = None,
        clock: Callable[[], datetime.date] = _today,
    ) -> Self:
        """Use the shipped policies and those in `directory`, checked against `host`.

        Raises
        ------
        NotFoundError
            If `directory` does not exist.
        """
        if directory is not None and not directory.is_dir():
            raise NotFoundError(f"policies directory {directory} does not exist")
        return cls(host, directory, shipped_names(), clock)

    def names(self) -> tuple[str, ...]:
        """Names of all policies, sorted."""
        return tuple(sorted({*_shipped(), *self._own()}))

    def get(self, name_or_path: str | Path) -> Policy:
        """The policy of a name, or that in a file.

        A `pathlib.Path`, or a text that ends in ``.yaml`` or ``.yml``, is a file. Policies that a
        file extends are found in the library and beside the file.

        Raises
        ------
        NotFoundError
            No such name or file, with the names that there are.
        PolicyError
            The linter found errors; all findings are attached.
        """
        key = str(name_or_path)
        if key in self._resolved:
            return self._resolved[key]
        source, beside, lock = self._source(name_or_path)
        policy, found = self._resolve(source, beside, lock)
        policy = _usable(policy, found, key)
        if isinstance(name_or_path, str) and key in _shipped():
            self._resolved[key] = policy  # shipped files do not change while the server runs
        return policy

    def lint(self, source: SourceFile, beside: Path | None = None) -> tuple[Diagnostic, ...]:
        """All findings of the linter in a file that was read already, sorted.

        `beside` is the folder that the file is in, where its parents and the lock are looked for.
        """
        lock = read_lock(beside)
        return self._resolve(with_lock_faults(source, lock), beside, lock)[1]

    def published(self, path: Path) -> tuple[Policy | None, SourceFile, tuple[Diagnostic, ...]]:
        """A policy file as it is now, whatever was published before: to be locked."""
        source = read_file(path)
        policy, found = self._resolve(source, path.parent, Lock())
        return policy, source, found

    def as_written(self, written: str | Path | SourceFile, beside: Path | None = None) -> Policy:
        """A policy to be compared: whatever was published, and whatever day it is.

        A version that was changed after it was published, or whose waivers have expired since, can
        be compared though it cannot run.

        Parameters
        ----------
        written
            As for `get`, or a file that was read already.
        beside
            The folder where parents of the latter are looked for.

        Raises
        ------
        NotFoundError
            No such name or file, with the names that there are.
        PolicyError
            The linter found errors; all findings are attached.
        """
        timeless = replace(self, clock=lambda: datetime.date.min, _resolved={})
        if isinstance(written, SourceFile):
            source = written
        elif _is_file(written):
            path = self._existing(written)
            source, beside = read_file(path), path.parent
        else:
            source, beside, _ = self._source(written)
        policy, found = resolve(source, timeless._environment(beside))
        return _usable(
            policy, found, source.file if isinstance(written, SourceFile) else str(written)
        )

    def _resolve(
        self, source: SourceFile, beside: Path | None, lock: Lock
    ) -> tuple[Policy | None, tuple[Diagnostic, ...]]:
        policy, found = resolve(source, self._environment(beside))
        fault = None if policy is None else resolved_fault(source, policy, lock)
        return (policy, found) if fault is None else (None, tuple(sorted((*found, fault))))

    def tightened(
        self, policy: Policy, values: Mapping[str, Any], beside: Path | None = None
    ) -> tuple[Policy | None, tuple[tuple[str, str], ...]]:
        """The policy with other values of its parameters, as a policy that extends it would set.

        Parameters
        ----------
        values
            Parameter -> value, toward its stricter side only.
        beside
            Where the policy's file is, if it is not of the library.

        Returns
        -------
        The policy, or None; and pairs of a parameter and what is wrong with its value.
        """
        major = policy.version.split(".")[0]
        head = [
            "schema: kiaim/policy/v1",
            f"policy: {policy.name}-with-parameters",
            f'version: "{policy.version}"',
            f"title: {json.dumps(policy.title)}",
            f"extends: [{policy.name}@{major}]",
            "parameters:",
        ]
        lines = [f"  {json.dumps(key)}: {{default: {json.dumps(v)}}}" for key, v in values.items()]
        source = read_source("\n".join([*head, *lines, ""]), "parameters")
        itself = read_source(policy.source, policy.file)
        around = replace(
            self._environment(beside),
            find=lambda name: itself if name == policy.name else self._find(name, beside),
        )
        found, diagnostics = resolve(source, around)
        names = list(values)
        faults = [
            (names[at] if 0 <= (at := d.line - len(head) - 1) < len(names) else "", d.message)
            for d in diagnostics
            if d.severity == "error"
        ]
        return found, tuple(faults)

    def path_of(self, name: str) -> Path | None:
        """The file of a policy in the directory, or None for shipped and unknown ones."""
        return self._own().get(name)

    def _source(self, name_or_path: str | Path) -> tuple[SourceFile, Path | None, Lock]:
        """The file with the faults that its lock finds in it, its folder, and the lock."""
        text = str(name_or_path)
        if _is_file(name_or_path):
            path = self._existing(name_or_path)
            lock = read_lock(path.parent)
            return with_lock_faults(read_file(path), lock), path.parent, lock
        source = self._find(text, None)
        if source is None:
            known = self.names()
            hint = did_you_mean(text, known) or f"; there are: {', '.join(known)}"
            raise NotFoundError(f"no policy is called {text!r}{hint}")
        return source, None, read_lock(_PACKAGE if text in _shipped() else self.directory)

    def _existing(self, path: str | Path) -> Path:
        if not Path(path).is_file():
            hint = self._hint(Path(path))
            raise NotFoundError(f"policy file {str(path)!r} does not exist{hint}")
        return Path(path)

    def _hint(self, path: Path) -> str:
        name = path.name.removesuffix(ENDING)
        return f"; for the policy of that name write {name!r}" if name in self.names() else ""

    def _environment(self, beside: Path | None) -> Environment:
        return Environment(
            self.host,
            self.hierarchies,
            lambda name: self._find(name, beside),
            self.names(),
            self.clock(),
        )

    def _find(self, name: str, beside: Path | None) -> SourceFile | None:
        own = self._own().get(name)
        if own is not None and name in _shipped():
            message = f"{name!r} is the name of a shipped policy; rename your file and its 'policy'"
            fault = Diagnostic(own.name, 1, 1, "P111", message)
            return SourceFile(own.name, "", None, (fault,))
        if name in _shipped():
            file = _PACKAGE / f"{name}{ENDING}"
            source = read_source(file.read_bytes(), f"{name}{ENDING}")
            return with_lock_faults(source, read_lock(_PACKAGE))
        path = own or (beside / f"{name}{ENDING}" if beside else None)
        if path is None or not path.is_file():
            return None
        return with_lock_faults(read_file(path), read_lock(path.parent))

    def _own(self) -> dict[str, Path]:
        if self.directory is None:
            return {}
        found = self.directory.glob(f"*{ENDING}")
        return {p.name.removesuffix(ENDING): p for p in sorted(found) if p.is_file()}


def _usable(policy: Policy | None, found: tuple[Diagnostic, ...], label: str) -> Policy:
    if policy is None:
        raise PolicyError(f"policy {label!r} cannot be used: {errors_in_words(found)}", found)
    return policy


def _is_file(name_or_path: str | Path) -> bool:
    """Whether a reference means a file, not a name."""
    return isinstance(name_or_path, Path) or name_or_path.endswith((".yaml", ".yml"))


def lint_file(path: Path, library: PolicyLibrary) -> tuple[Diagnostic, ...]:
    """All findings in the policy file at `path`, errors and warnings, sorted by place.

    Raises
    ------
    NotFoundError
        If there is no such file.
    """
    if not path.is_file():
        raise NotFoundError(f"policy file {str(path)!r} does not exist")
    return library.lint(read_file(path), path.parent)


def lint_text(text: bytes | str, file: str, library: PolicyLibrary) -> tuple[Diagnostic, ...]:
    """All findings in a policy that is no file, e.g. one that was uploaded; messages say `file`."""
    return library.lint(read_source(text, file))


@cache
def _shipped() -> tuple[str, ...]:
    names = (entry.name for entry in _PACKAGE.iterdir())
    return tuple(sorted(n.removesuffix(ENDING) for n in names if n.endswith(ENDING)))
