"""JSON text, read strictly."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from kiaim_server.errors import InputError


def read_json(body: bytes, parse_float: Callable[[str], Any] | None = None) -> Any:
    """Parse JSON text.

    Parameters
    ----------
    parse_float
        Makes a value of the text of each number that is not whole; default ``float``.

    Raises
    ------
    InputError
        No JSON, not UTF-8, a key given twice in one object, or a number that JSON does not have.
    """
    try:
        return json.loads(
            body,
            parse_float=parse_float,
            parse_constant=_refuse,
            object_pairs_hook=_without_duplicates,
        )
    except UnicodeDecodeError:
        raise InputError("the body is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise InputError(
            f"the body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    except ValueError:  # of int, for thousands of digits
        raise InputError("the body has a number with too many digits") from None
    except RecursionError:
        raise InputError("the body is nested too deeply") from None


def _refuse(name: str) -> NoReturn:
    raise InputError(f"the body is not JSON: {name} is not a number in JSON")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise InputError(f"the body gives the key {twice!r} twice in one object")
    return found
