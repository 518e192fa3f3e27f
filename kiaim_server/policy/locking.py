"""``policies.lock``: what each published version of a policy was, so that it stays so.

The file lies beside the policies that it is about. It holds, per policy, the version, the SHA-256
of its file, and the digest of its resolved content, which everything it extends is part of. A
policy that differs from what was locked under its version does not run (P206). Where there is no
lock, or no entry, nothing is demanded.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from marshmallow import fields

from kiaim_server.model.diagnostic import Diagnostic
from kiaim_server.policy.document import Policy
from kiaim_server.policy.schema import MappingOf, Strict, Text, matches, one_of
from kiaim_server.policy.source import Node, SourceFile, plain, read_source
from kiaim_server.policy.structure import structural_faults
from kiaim_server.policy.tree import scalars_at, text_at, value_at

LOCK_FILE: Final = "policies.lock"
LOCK_FORMAT: Final = "kiaim/policies-lock/v1"

_HEAD: Final = """\
# Made by 'kiaim policy lock'. A version that stands here is published and is not changed any more:
# a policy that differs from it does not run. Keep this file with the policies.
"""
_SHA256: Final = matches(re.compile(r"[0-9a-f]{64}\Z"), "P206 {value} is no SHA-256 in hex")
_VERSION: Final = matches(re.compile(r"\d{1,6}(\.\d{1,6}){2}\Z"), "P206 {value} is no version")


class _LockedSchema(Strict):
    version = Text(required=True, validate=_VERSION)
    source = Text(required=True, validate=_SHA256)
    resolved = Text(required=True, validate=_SHA256)
    extends = fields.Dict(keys=fields.String(), values=Text(validate=_VERSION))


class _LockSchema(Strict):
    schema = Text(required=True, validate=one_of((LOCK_FORMAT,), "P206", "format that is known"))
    policies = MappingOf(_LockedSchema, required=True)


@dataclass(frozen=True)
class Locked:
    """A version of a policy as it was published.

    `source` is the SHA-256 of its file, `resolved` the digest of its resolved content, `extends`
    the versions of all policies that this consists of.
    """

    version: str
    source: str
    resolved: str
    extends: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Lock:
    """What a lock file says; without one there are neither entries nor faults."""

    entries: Mapping[str, Locked] = field(default_factory=dict)
    faults: tuple[Diagnostic, ...] = ()


def read_lock(folder: Path | Traversable | None) -> Lock:
    """The lock in a folder. One that cannot be read has faults, and no policy beside it runs."""
    file = None if folder is None else folder / LOCK_FILE
    if file is None or not file.is_file():
        return Lock()
    source = read_source(file.read_bytes(), LOCK_FILE)
    faults = list(source.faults)
    if source.root is not None:
        faults += [
            Diagnostic(LOCK_FILE, mark.line, mark.column, "P206", f"{message} ({code})")
            for mark, code, message in structural_faults(source.root, _LockSchema)
        ]
    if faults or source.root is None:
        return Lock(faults=tuple(replace(f, code="P206") for f in sorted(faults)))
    content = plain(source.root)
    return Lock({name: Locked(**entry) for name, entry in content["policies"].items()})


def write_lock(folder: Path, entries: Mapping[str, Locked]) -> None:
    """Write the lock of a folder, at once or not at all; equal entries give equal bytes."""
    lines = [_HEAD, f"schema: {LOCK_FORMAT}\n", "policies:\n"]
    for name, entry in sorted(entries.items()):
        lines += [
            f"  {name}:\n",
            f'    version: "{entry.version}"\n',
            f'    source: "{entry.source}"\n',
            f'    resolved: "{entry.resolved}"\n',
        ]
        if entry.extends:
            extends = json.dumps(dict(sorted(entry.extends.items())))
            lines.append(f"    extends: {extends}\n")
    new = folder / f"{LOCK_FILE}.new"
    new.write_text("".join(lines), encoding="utf-8")
    os.replace(new, folder / LOCK_FILE)


def locked(source: SourceFile, policy: Policy) -> Locked:
    """What is to be kept of a policy as it is."""
    return Locked(
        policy.version,
        digest_of(source),
        policy.digest,
        {d.name: d.version for d in policy.documents[1:]},
    )


def digest_of(source: SourceFile) -> str:
    """SHA-256 of the file as it was read."""
    return hashlib.sha256(source.text.encode("utf-8")).hexdigest()


def with_lock_faults(source: SourceFile, lock: Lock) -> SourceFile:
    """The file with a fault (P206) where it is not what was published under its version."""
    if source.root is None:
        return source
    found = [*lock.faults, *_source_faults(source, source.root, lock)]
    return replace(source, faults=(*source.faults, *found)) if found else source


def _source_faults(source: SourceFile, root: Node, lock: Lock) -> Iterable[Diagnostic]:
    name, version = text_at(root, "policy"), text_at(root, "version")
    entry = lock.entries.get(name)
    if entry is None or _numbers(version) > _numbers(entry.version):
        return
    place = (value_at(root, "version") or root).mark
    if version != entry.version:
        message = (
            f"version {entry.version} of {name!r} is published already ({LOCK_FILE}), so "
            f"{version!r} is none to go back to; write a higher one"
        )
    elif digest_of(source) != entry.source:
        message = (
            f"version {version} of {name!r} was published with other content ({LOCK_FILE}); a "
            "published version is not changed: write a higher one, or restore the file"
        )
    else:
        return
    yield Diagnostic(source.file, place.line, place.column, "P206", message)


def resolved_fault(source: SourceFile, policy: Policy, lock: Lock) -> Diagnostic | None:
    """P206 at ``extends``: the file is as it was published, but what it extends is not."""
    entry = lock.entries.get(policy.name)
    if entry is None or entry.version != policy.version or entry.resolved == policy.digest:
        return None
    now = {d.name: d.version for d in policy.documents[1:]}
    changes = [
        f"{name} was {entry.extends.get(name, 'not there')}, is {now.get(name, 'gone')}"
        for name in sorted({*now, *entry.extends})
        if now.get(name) != entry.extends.get(name)
    ]
    what = "; ".join(changes) or f"{', '.join(now)} changed within their versions"
    root = source.root
    places = scalars_at(root, "extends") or ((root,) if root is not None else ())
    mark = places[0].mark
    return Diagnostic(
        source.file,
        mark.line,
        mark.column,
        "P206",
        f"what {policy.name!r} extends is not what version {policy.version} was published with "
        f"({what}); read what changed and write a higher version, or restore it",
    )


def _numbers(version: str) -> tuple[int, ...]:
    """The parts of a version, to be compared; of what is none, nothing."""
    parts = version.split(".")
    return tuple(map(int, parts)) if all(p.isdecimal() for p in parts) else ()
