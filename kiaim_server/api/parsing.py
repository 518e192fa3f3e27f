"""Requests are read strictly: what is misspelt or ambiguous is an error, never ignored."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, ClassVar, TypeVar

import marshmallow as ma
from flask import Request, request
from flask_smorest import Blueprint
from webargs import core
from webargs.flaskparser import FlaskParser, is_json_request

from kiaim_server.errors import MediaTypeError
from kiaim_server.model.json_text import read_json
from kiaim_server.model.prose import LANGUAGES

F = TypeVar("F", bound=Callable[..., Any])


class StrictParser(FlaskParser):
    """Refuses unknown keys everywhere, other media types than JSON, keys given twice and NaN."""

    DEFAULT_UNKNOWN_BY_LOCATION: ClassVar[dict[str, str | None]] = {  # type: ignore[misc]
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": ma.RAISE,
        "querystring": ma.RAISE,
    }

    def _raw_load_json(self, req: Request) -> Any:
        if not is_json_request(req):
            raise MediaTypeError(
                f"the body is {req.content_type or 'of no stated type'}; send JSON with the "
                "header Content-Type: application/json"
            )
        return read_json(req.get_data(cache=True))

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """The body as JSON values."""
        value = self._raw_load_json(req)
        return core.missing if value is None else value


class StrictBlueprint(Blueprint):  # type: ignore[misc]
    """A blueprint whose arguments are read by `StrictParser`, and whose decorators have types."""

    ARGUMENTS_PARSER = StrictParser()

    def view(self, rule: str, method: str = "GET") -> Callable[[F], F]:
        """Serve `rule` with the decorated function."""
        decorate: Callable[[F], F] = self.route(rule, methods=[method])
        return decorate

    def takes(self, schema: type[ma.Schema], location: str = "json") -> Callable[[F], F]:
        """Pass the function what `schema` loads from a part of the request."""
        decorate: Callable[[F], F] = self.arguments(schema, location=location)
        return decorate

    def gives(self, status: int, schema: Any = None) -> Callable[[F], F]:
        """Answer with `status` and what `schema` dumps of the function's result."""
        decorate: Callable[[F], F] = self.response(status, schema)
        return decorate

    def may_fail(self, *statuses: int) -> Callable[[F], F]:
        """Document problems that the function is answered with."""

        def decorate(function: F) -> F:
            for status in statuses:
                function = self.alt_response(status, HTTPStatus(status).name)(function)
            return function

        return decorate

    def documented(self, **operation: Any) -> Callable[[F], F]:
        """Add to the operation's description in OpenAPI."""
        decorate: Callable[[F], F] = self.doc(**operation)
        return decorate


def wanted_language(stated: str | None) -> str | None:
    """The language that a request asks for: as stated, else by ``Accept-Language``, or None."""
    return stated or request.accept_languages.best_match(LANGUAGES)
