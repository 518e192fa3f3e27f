"""The order of sensitive values: by number, by text, or as stated."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

import numpy as np

from kiaim_server.audit.claims import Order


def ranks(values: Sequence[str | None], order: Order | None) -> tuple[np.ndarray, str | None]:
    """Rank distinct values, the missing one last.

    Parameters
    ----------
    order
        None stands for the order of the text. Numbers that are equal but spelt differently are
        ranked by their text.

    Returns
    -------
    int64[:] of shape (n_values,), and None or the reason why the values do not fit the order;
    then the ranks are those of the text.
    """
    known = [i for i, value in enumerate(values) if value is not None]
    texts = {i: value for i, value in enumerate(values) if value is not None}
    keys: dict[int, object] = dict(texts)
    fault = None
    if order == "numeric":
        keys = {i: number(text) for i, text in texts.items()}
        reason = "are no numbers"
    elif isinstance(order, tuple):
        positions = {label: position for position, label in enumerate(order)}
        keys = {i: positions.get(text) for i, text in texts.items()}
        reason = "are not in the stated order"
    elif order not in (None, "lexical"):
        return ranks(values, None)[0], "no such order is known"
    misfits = sum(key is None for key in keys.values())
    if misfits:
        fault = f"{misfits} of its values {reason}"
        keys = dict(texts)
    by_rank = sorted(known, key=lambda i: (keys[i], texts[i]))
    by_rank += [i for i, value in enumerate(values) if value is None]
    ranked = np.empty(len(values), dtype=np.int64)
    ranked[by_rank] = np.arange(len(values))
    return ranked, fault


def number(text: str) -> Decimal | None:
    """The finite number that a text spells, or None."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
