"""The order of the values of a sensitive attribute."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np

from kiaim_server.errors import DataError, ParameterError

#: None: no order is stated. A tuple: the labels in their order.
Order: TypeAlias = Literal["numeric", "lexical"] | tuple[str, ...] | str | None


def ordered_labels(
    texts: Sequence[str | None], order: Order, name: str, records: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Number values in their order, the missing value last.

    Where no order is stated they are numbered lexically all the same, so that codes depend on
    the set of values only.

    Parameters
    ----------
    texts
        Distinct values.
    records
        int64[:], records per value, for messages.

    Returns
    -------
    labels : object[:]
        Code to text.
    codes : int32[:]
        Code of each of `texts`.

    Raises
    ------
    DataError
        Values that are no numbers, or not among the labels; counted, not named.
    ParameterError
        An order that is none.
    """
    keys = [_key(text, order) for text in texts]
    misfits = [i for i, key in enumerate(keys) if key is None]
    if misfits:
        expected = "numbers" if order == "numeric" else "one of the labels that the order lists"
        raise DataError(
            f"column {name!r}: {len(misfits)} distinct values, in {int(records[misfits].sum())} "
            f"records, are not {expected}; correct the data or state another order",
            column=name,
        )
    ranking = sorted(range(len(texts)), key=lambda i: keys[i] or ())
    labels = np.empty(len(texts), dtype=object)
    codes = np.empty(len(texts), dtype=np.int32)
    for code, i in enumerate(ranking):
        labels[code] = texts[i]
        codes[i] = code
    return labels, codes


def _key(text: str | None, order: Order) -> tuple[int, float, str] | None:
    """What a value is sorted by; None if it does not fit the order."""
    if text is None:
        return 1, 0.0, ""
    if order is None or order == "lexical":
        return 0, 0.0, text
    if order == "numeric":
        try:
            number = float(text)
        except ValueError:
            return None
        return None if math.isnan(number) else (0, number, text)
    if isinstance(order, str):
        raise ParameterError(
            f"order is {order!r}, but must be numeric, lexical or a list of labels"
        )
    return (0, float(order.index(text)), text) if text in order else None
