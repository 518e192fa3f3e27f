"""What a job is: its request, and where it stands."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal

from kiaim_server.model.limits import SEARCH_SECONDS

#: How often a job is started at most before it counts as failed.
MAX_ATTEMPTS: Final = 3


class State(StrEnum):
    """Where a job stands. The last four are final.

    ``refused`` is a normal outcome: the policy does not let the table leave (or asks for a
    person's attestation first). A plan ends as the release would: ``done`` or ``refused``.
    ``failed`` is wrong input found while working, or a defect.
    """

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether the job will never change again."""
        return self not in (State.QUEUED, State.RUNNING)


@dataclass(frozen=True)
class JobRequest:
    """A release or a plan that was asked for.

    Attributes
    ----------
    dataset
        Id of an uploaded table.
    policy, policy_text
        Name of an installed policy, or the text of one; exactly one is given.
    context
        Facts of the release, as ``release.access: public``.
    shipped_hierarchies
        Name of a shipped set of hierarchies, or None.
    hierarchies
        Column -> rows ``[value, level 1, ..., top]``.
    format
        Of the released file.
    outputs
        What is wanted of a release: ``data`` (never without its manifest, nor without evidence
        if it needs some), ``manifest``. The reports are made in any case.
    search_seconds
        Budget of the search; see `kiaim_server.pipeline.ReleaseRequest`.
    subset
        The column that says which records may leave; None if all may.
    engine
        Whether the records are held in memory; see `kiaim_server.read.open_table`.
    language
        Of the pages that people read; None for the policy's main one.
    action
        ``release``, or ``plan``: to say what a release would be without making it.
    explore
        Whether a plan searches other limits of suppression and other k as well.
    """

    dataset: str
    policy: str | None
    policy_text: str | None
    context: Mapping[str, Any]
    shipped_hierarchies: str | None = None
    hierarchies: Mapping[str, list[list[str | None]]] = field(default_factory=dict)
    seed: int = 0
    format: Literal["csv", "parquet"] = "csv"
    outputs: Sequence[str] = ("data", "report", "manifest")
    search_seconds: float = SEARCH_SECONDS
    subset: str | None = None
    engine: Literal["auto", "memory", "duckdb"] = "auto"
    language: str | None = None
    action: Literal["release", "plan"] = "release"
    explore: bool = False

    def to_json(self) -> dict[str, Any]:
        """As JSON values; `from_json` reads it back."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> JobRequest:
        """Read what `to_json` wrote."""
        return cls(**values)

    @property
    def digest(self) -> str:
        """SHA-256 in hex; equal requests have equal digests."""
        text = json.dumps(self.to_json(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Job:
    """A job as the database has it.

    Attributes
    ----------
    action
        ``release`` or ``plan``.
    attempts
        How often a worker has started it.
    step, share, facts
        What it is doing, which share of that is done (None if unknown), and what it told on
        the way: names, counts and measures, never cell values.
    decision
        The policy's verdict with reasons, once there is one.
    error
        Why it failed: ``kind``, ``status`` and ``detail`` of the error.
    folder, files
        Where its artifacts lie: artifact name -> file name.
    """

    id: str
    action: str
    state: State
    dataset: str
    policy: str | None
    seed: int
    format: str
    attempts: int
    cancel_requested: bool
    step: str | None
    share: float | None
    facts: Mapping[str, Any]
    decision: Mapping[str, Any] | None
    error: Mapping[str, Any] | None
    folder: str | None
    files: Mapping[str, str]
    created: datetime
    started: datetime | None
    ended: datetime | None


@dataclass(frozen=True)
class Lease:
    """A worker's right to a job: void once another attempt has begun."""

    job: str
    worker: str
    attempt: int


@dataclass(frozen=True)
class Ending:
    """How an attempt ends a job."""

    state: State
    decision: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None
    folder: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """The latest that a running job told."""

    step: str
    share: float | None
    facts: Mapping[str, Any]
