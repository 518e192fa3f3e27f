"""What is asked for, and what every request of one installation shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

from kiaim_server.hierarchy import HierarchySource
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.limits import SEARCH_SECONDS
from kiaim_server.model.terms import Terms
from kiaim_server.policy import PolicyLibrary
from kiaim_server.read import Engine
from kiaim_server.store.keys import KeyStore


@dataclass(frozen=True)
class Workbench:
    """Plugins, policies and keys of one installation."""

    host: PluginHost
    library: PolicyLibrary
    keys: KeyStore

    @classmethod
    def open(
        cls, data_dir: Path, plugins_dir: Path | None = None, policies_dir: Path | None = None
    ) -> Self:
        """Load plugins and policies; keys are made in `data_dir` on first use."""
        host = PluginHost.load(plugins_dir)
        return cls(host, PolicyLibrary.load(host, policies_dir), KeyStore(data_dir))


@dataclass(frozen=True)
class ReleaseRequest:
    """A table, a policy and the context of the release.

    Attributes
    ----------
    data, name
        The file and what messages call it.
    policy
        Name of a policy in the library, or the path of a policy file. None only where `terms`
        say what the release has to keep.
    context
        Facts of the release (``release.access``, ``recipient.country``, ``attested``, ...).
    hierarchies
        The requester's own hierarchies; they go before those that the policy names.
    seed
        Feeds every random choice of plugins; recorded in the manifest.
    reader
        Options of the reader, e.g. ``{"delimiter": ";"}``.
    search_seconds
        Budget of the search. It is no part of the policy: it never changes what a release must
        satisfy, only whether the least loss is proven in time. None waits for the proof.
    subset
        The column that says which records may leave (true or false); it does not leave itself.
        All records are the population then. None: all records may leave.
    engine
        Whether the records are held in memory, see `kiaim_server.read.open_table`.
    terms
        Roles and requirements that the request brings itself; on top of a policy they can only
        tighten it, see `kiaim_server.policy.tightened`.
    language
        Of the pages that people read, ``en`` or ``de``; None for the policy's main one. It changes
        neither the data nor the manifest.
    """

    data: Path
    name: str
    policy: str | Path | None
    context: Mapping[str, Any]
    hierarchies: HierarchySource = field(default_factory=HierarchySource)
    seed: int = 0
    reader: Mapping[str, Any] = field(default_factory=dict)
    format: Literal["csv", "parquet"] = "csv"
    search_seconds: float | None = SEARCH_SECONDS
    subset: str | None = None
    engine: Engine = "auto"
    terms: Terms | None = None
    language: str | None = None

    def __post_init__(self) -> None:
        if self.policy is None and self.terms is None:
            raise ValueError("a request needs a policy or terms of its own")
