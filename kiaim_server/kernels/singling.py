"""Split classes of records by one more column, and count whom that singles out."""

from __future__ import annotations

import numpy as np

from kiaim_server.kernels.jit import Codes, Counts, kernel


@kernel
def split_by(
    order: Codes, starts: Counts, codes: Codes, persons: Codes, n_codes: int, keep: bool
) -> tuple[Codes, Counts, int, int, int]:
    """Split classes by a column; classes of one person are counted and left behind.

    Parameters
    ----------
    order : int32[:], shape (n,)
        Records, those of a class side by side.
    starts : int64[:], shape (n_classes + 1,)
        Where each class begins in `order`, and its end.
    codes : int32[:]
        Value of every record of the table; the caller ensures 0 <= code < n_codes.
    persons : int32[:]
        Person of every record of the table; empty where each record is a person.
    keep
        Whether the classes of several persons are returned, or only counted.

    Returns
    -------
    order, starts
        The classes that have records of several persons, in the form of the arguments.
    singled : int
        Records in classes of one person.
    n_classes : int
        All new classes, those left behind among them.
    pairs : int
        Ordered pairs of different records in one class: the sum of g(g - 1) over all new classes.

    Notes
    -----
    O(n + n_codes) time and memory. Classes that nothing can split any further are left behind, as
    in stripped partitions (Huhtala et al., TANE, The Computer Journal 42(2), 1999, section 4).
    """
    by_person = len(persons) > 0
    count = np.zeros(n_codes, np.int64)
    first = np.zeros(n_codes, np.int32)
    mixed = np.zeros(n_codes, np.bool_)
    place = np.zeros(n_codes, np.int64)
    touched = np.empty(n_codes, np.int32)
    new_order = np.empty(len(order) if keep else 0, np.int32)
    new_starts = np.empty(len(order) // 2 + 2 if keep else 1, np.int64)
    new_starts[0] = 0
    n_new = 0
    at = 0
    singled = 0
    n_classes = 0
    pairs = 0
    for number in range(len(starts) - 1):
        n_touched = 0
        for i in range(starts[number], starts[number + 1]):
            record = order[i]
            code = codes[record]
            if count[code] == 0:
                touched[n_touched] = code
                n_touched += 1
                mixed[code] = False
                if by_person:
                    first[code] = persons[record]
            elif not by_person or first[code] != persons[record]:
                mixed[code] = True
            count[code] += 1
        for t in range(n_touched):
            code = touched[t]
            size = count[code]
            n_classes += 1
            pairs += size * (size - 1)
            if not mixed[code]:
                singled += size
            elif keep:
                place[code] = at
                at += size
                n_new += 1
                new_starts[n_new] = at
            count[code] = 0
        if keep:
            for i in range(starts[number], starts[number + 1]):
                record = order[i]
                code = codes[record]
                if mixed[code]:
                    new_order[place[code]] = record
                    place[code] += 1
    return new_order[:at], new_starts[: n_new + 1], singled, n_classes, pairs
