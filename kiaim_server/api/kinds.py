"""The types of problems, with what each means: they are stable, clients may rely on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

#: What stands before the kind in a type.
TYPE_PREFIX: Final = "urn:kiaim:problem:"


@dataclass(frozen=True)
class Kind:
    """The statuses that a problem comes with, and when it comes."""

    statuses: tuple[int, ...]
    when: str


#: Every kind of problem by the last part of its type.
KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "invalid-data": Kind((400,), "a table that cannot be read or used; line, column"),
        "invalid-policy": Kind((400,), "the linter rejects the policy; diagnostics"),
        "invalid-context": Kind((400,), "unknown facts, or values of the wrong type"),
        "invalid-hierarchy": Kind((400,), "no tree, or values that it does not cover"),
        "invalid-parameter": Kind((400,), "a parameter outside its range"),
        "invalid-manifest": Kind((400,), "a file that is no manifest"),
        "invalid-input": Kind(
            (400, 422), "no JSON; unknown or missing keys, each in errors with a JSON pointer"
        ),
        "cross-site": Kind((403,), "a page of another site made the browser call"),
        "not-found": Kind((404,), "no such path, id, name or artifact"),
        "method-not-allowed": Kind((405,), "see the header Allow"),
        "not-acceptable": Kind((406,), "the client takes no media type that there is"),
        "timeout": Kind((408,), "the request did not arrive in time"),
        "conflict": Kind(
            (409,),
            "the state forbids it: data set in use, job ended, key used for another request",
        ),
        "too-large": Kind((413, 431), "larger than a limit"),
        "unsupported-media-type": Kind(
            (415,), "no reader for this type; the detail lists those there are"
        ),
        "range-not-satisfiable": Kind((416,), "the range lies outside of the artifact"),
        "plugin-unavailable": Kind((422,), "a plugin that is needed is missing or broken"),
        "too-many-requests": Kind((429,), "come again after the seconds in Retry-After"),
        "internal-error": Kind((500,), "a defect of the server"),
        "job-crashed": Kind((500,), "the process of a job died every time it was started"),
        "out-of-memory": Kind((500,), "the memory of the machine does not suffice"),
        "out-of-disk": Kind((500,), "the disk of the data folder is full"),
        "not-implemented": Kind((501,), "a way of transfer that the server does not know"),
        "not-ready": Kind((503,), "no worker is alive"),
    }
)
