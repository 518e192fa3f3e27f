"""Options of readers that come as text: from a query, or from the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import marshmallow as ma

from kiaim_server.errors import ParameterError
from kiaim_server.model.contract import Reader


def reader_options(
    reader: type[Reader], given: Mapping[str, Sequence[str]]
) -> dict[str, str | list[str]]:
    """Options by name, each with the texts it was given; a list where the reader takes one.

    Raises
    ------
    ParameterError
        An option was given several times that the reader takes once, or the options do not pass
        the reader's schema.
    """
    known: Mapping[str, Any] = reader.Parameters().fields
    options: dict[str, str | list[str]] = {}
    for name, texts in given.items():
        if isinstance(known.get(name), ma.fields.List):
            options[name] = list(texts)
        elif len(texts) == 1:
            options[name] = texts[0]
        else:
            raise ParameterError(f"option {name!r} is given {len(texts)} times; give it once")
    reader.from_parameters(options)
    return options
