"""A small client for the REST interface of the server.

::

    with Client("http://127.0.0.1:8765") as client:
        dataset = client.upload(Path("patients.csv"))
        job = client.submit(dataset.id, "gdpr-baseline", context={"release.access": "controlled"})
        job = client.wait(job.id)
        if job.state == "done":
            client.download(job.id, "data", Path("out/data.csv"))
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import httpx

from kiaim_server.errors import KiaimError

_FINAL: Final = frozenset({"done", "refused", "failed", "cancelled"})
_MEDIA_TYPES: Final = {
    ".csv": "text/csv",
    ".tsv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class ProblemError(KiaimError):
    """What the server answered instead of a result; `problem` is the whole answer."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(str(problem.get("detail", "the server gave no reason")))
        self.problem = problem

    @property
    def type(self) -> str:
        """The stable type, e.g. ``urn:kiaim:problem:invalid-data``."""
        return str(self.problem.get("type", "about:blank"))

    @property
    def http_status(self) -> int:
        """Status of the response."""
        return int(self.problem.get("status", 500))


class UnreachableError(KiaimError):
    """No server answers at the address."""

    kind = "unreachable"


@dataclass(frozen=True)
class DatasetInfo:
    """An uploaded table."""

    id: str
    name: str
    sha256: str
    bytes: int
    rows: int
    columns: int
    profile: list[Mapping[str, Any]]


@dataclass(frozen=True)
class JobInfo:
    """A job, and where it stands."""

    id: str
    action: str
    state: str
    attempts: int
    step: str | None
    share: float | None
    facts: Mapping[str, Any]
    decision: Mapping[str, Any] | None
    error: Mapping[str, Any] | None
    artifacts: Mapping[str, str]

    @property
    def ended(self) -> bool:
        """Whether the job will never change again."""
        return self.state in _FINAL


@dataclass(frozen=True)
class VerificationInfo:
    """The outcome of a verification."""

    ok: bool
    verdict: str
    authenticated: bool
    key_id: str
    checks: list[Mapping[str, Any]]


T = TypeVar("T", DatasetInfo, JobInfo, VerificationInfo)


class Client:
    """Talks to one server. Every method raises `ProblemError` where the server refuses.

    Parameters
    ----------
    url
        Of the server, e.g. ``http://127.0.0.1:8765``.
    seconds
        How long a single answer may take.
    """

    def __init__(self, url: str, seconds: float = 600.0) -> None:
        self.url = url
        # A proxy from the environment must not see the table on its way to the server.
        self._http = httpx.Client(base_url=url, timeout=seconds, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def upload(
        self,
        path: Path,
        *,
        name: str | None = None,
        media_type: str | None = None,
        options: Mapping[str, str] | None = None,
    ) -> DatasetInfo:
        """Upload a table, streamed from disk; `options` are those of the reader."""
        kind = media_type or _MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream")
        with path.open("rb") as file:
            answer = self._request(
                "POST",
                "/v1/datasets",
                params={"name": name or path.name, **(options or {})},
                content=_chunks(file.read),
                headers={"Content-Type": kind, "Content-Length": str(path.stat().st_size)},
            )
        return _parse(DatasetInfo, answer.json())

    def submit(
        self,
        dataset: str,
        policy: str | None = None,
        *,
        policy_text: str | None = None,
        context: Mapping[str, Any] | None = None,
        hierarchies: Mapping[str, Any] | None = None,
        seed: int = 0,
        format: str = "csv",
        search_seconds: float | None = None,
        subset: str | None = None,
        engine: str = "auto",
        language: str | None = None,
        key: str | None = None,
    ) -> JobInfo:
        """Ask for a release.

        The search takes `search_seconds` at most, the server's setting if they are not given.
        `subset` is the column that says which records may leave. `engine` is ``memory``, ``duckdb``
        for Parquet tables larger than memory, or ``auto``. `language` is that of the report, ``en``
        or ``de``; the policy's main one if it is not given. `key` makes a repetition find the same
        job; a fresh one is made if it is not given.
        """
        asked = {
            "dataset": dataset,
            "policy": policy,
            "policy_text": policy_text,
            "context": dict(context or {}),
            "hierarchies": dict(hierarchies or {}),
            "seed": seed,
            "format": format,
            "search_seconds": search_seconds,
            "subset": subset,
            "engine": engine,
            "language": language,
        }
        return self._ask("/v1/jobs", asked, key)

    def plan(
        self,
        dataset: str,
        policy: str | None = None,
        *,
        policy_text: str | None = None,
        context: Mapping[str, Any] | None = None,
        hierarchies: Mapping[str, Any] | None = None,
        seed: int = 0,
        search_seconds: float | None = None,
        subset: str | None = None,
        engine: str = "auto",
        explore: bool = False,
        language: str | None = None,
        key: str | None = None,
    ) -> JobInfo:
        """Ask what a release would be; the job's artifact ``plan`` has the answer.

        Parameters as of `submit`. With `explore` other limits of suppression and other k are
        searched as well, and the artifact ``explore`` is a page with plots.
        """
        asked = {
            "dataset": dataset,
            "policy": policy,
            "policy_text": policy_text,
            "context": dict(context or {}),
            "hierarchies": dict(hierarchies or {}),
            "seed": seed,
            "search_seconds": search_seconds,
            "subset": subset,
            "engine": engine,
            "explore": explore,
            "language": language,
        }
        return self._ask("/v1/plans", asked, key)

    def _ask(self, path: str, asked: Mapping[str, Any], key: str | None) -> JobInfo:
        body = {name: value for name, value in asked.items() if value is not None}
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return _parse(JobInfo, self._request("POST", path, json=body, headers=headers).json())

    def job(self, identifier: str) -> JobInfo:
        """Where a job stands."""
        return _parse(JobInfo, self._request("GET", f"/v1/jobs/{identifier}").json())

    def cancel(self, identifier: str) -> JobInfo:
        """Ask to cancel a job."""
        return _parse(JobInfo, self._request("DELETE", f"/v1/jobs/{identifier}").json())

    def wait(
        self,
        identifier: str,
        on_progress: Callable[[JobInfo], None] | None = None,
        *,
        seconds: float | None = None,
        pause: float = 0.2,
    ) -> JobInfo:
        """Wait for the end of a job; `on_progress` is called whenever it has changed.

        Raises
        ------
        TimeoutError
            The job did not end within `seconds`.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        last: JobInfo | None = None
        while True:
            job = self.job(identifier)
            if on_progress is not None and job != last:
                on_progress(job)
            if job.ended:
                return job
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"job {identifier} is {job.state} after {seconds} seconds")
            last = job
            time.sleep(pause)

    def download(self, identifier: str, artifact: str, path: Path) -> Path:
        """Fetch an artifact into a new file.

        There may be ``data``, ``manifest``, ``evidence``, ``report`` and ``report.json``.

        Raises
        ------
        FileExistsError
            There is a file at `path`.
        """
        address = f"/v1/jobs/{identifier}/artifacts/{artifact}"
        with _reaching(), self._http.stream("GET", address) as answer:
            if answer.is_error:
                answer.read()
            _check(answer)
            with path.open("xb") as file:
                for chunk in answer.iter_bytes():
                    file.write(chunk)
        return path

    def explain(self, identifier: str, language: str | None = None) -> Mapping[str, Any]:
        """Why a job ended as it did: ``explanation`` as data, ``prose`` in `language`."""
        query = {} if language is None else {"language": language}
        path = f"/v1/jobs/{identifier}/explanation"
        found: Mapping[str, Any] = self._request("GET", path, params=query).json()
        return found

    def verify(
        self,
        data: Path,
        manifest: Path,
        public_key: Path | None = None,
        evidence: Path | None = None,
    ) -> VerificationInfo:
        """Let the server check a file against its manifest, with the evidence if there is some."""
        with data.open("rb") as file:
            parts: dict[str, Any] = {
                "file": ("data", file, "application/octet-stream"),
                "manifest": ("manifest.json", manifest.read_bytes(), "application/json"),
            }
            if public_key is not None:
                parts["public_key"] = ("key.pem", public_key.read_bytes(), "application/x-pem-file")
            if evidence is not None:
                content = evidence.read_bytes()
                parts["evidence"] = ("evidence.parquet", content, "application/vnd.apache.parquet")
            answer = self._request("POST", "/v1/verify", files=parts)
        return _parse(VerificationInfo, answer.json())

    def measure(
        self,
        dataset: str,
        quasi_identifiers: list[str],
        sensitive: list[str] | None = None,
        population: int | None = None,
    ) -> Mapping[str, Any]:
        """k, l, t and risks of an uploaded table as it is; with a population, estimates too."""
        body: dict[str, Any] = {
            "dataset": dataset,
            "quasi_identifiers": quasi_identifiers,
            "sensitive": sensitive or [],
        }
        if population is not None:
            body["population"] = population
        found: Mapping[str, Any] = self._request("POST", "/v1/measure", json=body).json()
        return found

    def get(self, path: str) -> Any:
        """The JSON value at a path, e.g. ``/v1/policies``, ``/v1/plugins``, ``/v1/public-key``."""
        return self._request("GET", path).json()

    def _request(self, method: str, path: str, **more: Any) -> httpx.Response:
        with _reaching():
            return _check(self._http.request(method, path, **more))


@contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except httpx.TransportError as error:
        raise UnreachableError(f"the server does not answer: {type(error).__name__}") from None


def _check(answer: httpx.Response) -> httpx.Response:
    if not answer.is_error:
        return answer
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        problem = {"status": answer.status_code, "detail": f"HTTP status {answer.status_code}"}
    raise ProblemError(problem)


def _parse(kind: type[T], values: Mapping[str, Any]) -> T:
    """Take the fields that this client knows; a newer server may send more."""
    return kind(**{field.name: values[field.name] for field in fields(kind)})


def _chunks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while chunk := read(1 << 20):
        yield chunk
