"""Settings of the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kiaim_server.arxaas import Face
from kiaim_server.jobs.installation import Installation
from kiaim_server.model.limits import SEARCH_SECONDS

MIB: Final = 1 << 20


@dataclass(frozen=True)
class ServerConfig:
    """What the application has to know.

    Attributes
    ----------
    max_upload
        Largest table, in bytes.
    max_document
        Largest body of any other request, in bytes: job requests, policies, manifests.
    trusted_hosts
        Names by which clients may call the server; requests for others are refused, so that a
        web page cannot reach a server on loopback through a name of its own.
    read_seconds
        How long reading an uploaded table, a verification or a measurement may take.
    search_seconds
        How long the search of a job may take that does not say so itself.
    arxaas
        The face for portals that speak ARXaaS; None: there is none.
    """

    installation: Installation
    max_upload: int = 1024 * MIB
    max_document: int = 32 * MIB
    trusted_hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    read_seconds: float = 300.0
    search_seconds: float = SEARCH_SECONDS
    arxaas: Face | None = None
