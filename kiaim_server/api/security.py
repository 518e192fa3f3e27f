"""Guards around every request: hosts, origins, sizes and headers."""

from __future__ import annotations

import tempfile
from typing import IO, Final
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, request

from kiaim_server.api.services import services
from kiaim_server.errors import InputError

#: Endpoints that take whole tables.
_UPLOADS: Final = frozenset({"datasets.upload", "checks.verify_release"})

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


class CrossSiteError(InputError):
    """A request that a web page of another site made a browser send."""

    kind = "cross-site"
    status = 403


class GuardedRequest(Request):
    """A request whose uploaded parts lie in the data folder while they are read."""

    def _get_file_stream(self, *_: object, **__: object) -> IO[bytes]:
        return tempfile.TemporaryFile(dir=services().store.layout.tmp)


def register(app: Flask) -> None:
    """Put the guards around all requests of `app`."""
    app.request_class = GuardedRequest
    app.before_request(_limit_size)
    app.before_request(_refuse_other_sites)
    app.after_request(_add_headers)


def _limit_size() -> None:
    config = services().config
    uploads = request.endpoint in _UPLOADS
    # A multipart body is a little larger than the file in it, whose size is checked by itself.
    request.max_content_length = (
        config.max_upload + config.max_document if uploads else config.max_document
    )


def _refuse_other_sites() -> None:
    """Nobody logs in to a server on loopback, so any page could use it through the browser."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.host
    if foreign or site in ("cross-site", "same-site"):
        raise CrossSiteError("requests from pages of other sites are not answered")
    if request.method == "TRACE":
        abort(405)


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    del response.headers["Server"]
    return response


def sandboxed(response: Response) -> Response:
    """Let a report show its own styles and drawings, and nothing else."""
    response.headers["Content-Security-Policy"] = (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        "frame-ancestors 'none'"
    )
    return response
