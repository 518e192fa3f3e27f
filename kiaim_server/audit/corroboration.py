"""Holds the evidence of a release against the input that it speaks of.

Only a release can be checked so, because only then the input is at hand; who verifies later has
the digest of the evidence that passed.
"""

# ruff: noqa: S608 - statements are made of aliases, never of names in the data

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kiaim_server.audit.database import open_database
from kiaim_server.audit.evidence import Evidence
from kiaim_server.audit.fidelity import Source, shown_labels
from kiaim_server.model.table import as_text


def contradictions(
    evidence: Evidence, source: Source, *, persons: bool, population: bool
) -> tuple[str, ...]:
    """Say where the evidence is not what the input makes it; only a release can be checked so.

    Persons are told apart by the key as it was put in, groups formed by the values that were put
    in (after the transforms that the policy ordered) and the hierarchies, by code of the audit.
    """
    found: list[str] = []
    if persons and source.persons is not None:
        found += _persons(evidence.persons, source.persons.filter(pa.array(source.present)))
    if population:
        with open_database(None, "the evidence") as database:
            found += _groups(database, evidence, source)
    return tuple(found)


def mistaken(column: str, source: Source) -> tuple[str, ...]:
    """Say if a column of the release does not tell persons apart as the person key does.

    The caller ensures that the file shows the column as it is in `source.table`.
    """
    if source.persons is None:
        return (f"The column {column!r} is to tell persons apart, but there is no person key.",)
    present = pa.array(source.present)
    pairs = pa.table(
        {
            "key": as_text(source.persons.filter(present)),
            "shown": as_text(source.table.column(column).filter(present)),
        }
    )
    n_pairs, n_keys, n_shown = (
        pairs.group_by(names).aggregate([]).num_rows
        for names in (["key", "shown"], ["key"], ["shown"])
    )
    if n_pairs == n_keys == n_shown and not pairs.column("shown").null_count:
        return ()
    return (f"The column {column!r} does not tell persons apart as the person key does.",)


def _persons(numbers: np.ndarray, key: pa.ChunkedArray) -> list[str]:
    """Equal numbers exactly where the key is equal, and given in the order of appearance."""
    texts = as_text(key)
    if texts.null_count:
        return [f"{texts.null_count} records have no person key, so nobody knows whose they are."]
    if len(numbers) != len(texts):
        return [f"The evidence is about {len(numbers)} records, but {len(texts)} are in the file."]
    # Arrow numbers distinct values in the order in which they first appear.
    expected = np.asarray(texts.dictionary_encode().indices)
    wrong = int(np.count_nonzero(expected != numbers))
    if not wrong:
        return []
    return [f"The evidence gives {wrong} records another person than the input does."]


def _groups(database: duckdb.DuckDBPyConnection, evidence: Evidence, source: Source) -> list[str]:
    """Group the input by what the file would show, and hold the groups against the evidence."""
    quasi = [f"q{i}" for i in range(len(source.levels))]
    shown = [shown_labels(name, source) for name in source.table.columns if name in source.levels]
    whose = (
        pa.array(np.arange(source.table.n_records))
        if source.persons is None
        else as_text(source.persons)
    )
    database.register(
        "put_in",
        pa.table(
            {
                "person": whose,
                "member": pa.array(source.members),
                "lost": pa.array(source.suppressed & source.members),
                **dict(zip(quasi, shown, strict=True)),
            }
        ),
    )
    database.register(
        "told",
        pa.table(
            {
                "outside": pa.array(evidence.outside),
                "suppressed": pa.array(evidence.suppressed),
                **{
                    q: pc.fill_null(as_text(values), "")
                    for q, values in zip(quasi, evidence.groups, strict=True)
                },
            }
        ),
    )
    by = f"GROUP BY {', '.join(quasi)}" if quasi else "HAVING count(*) > 0"
    columns = "".join(f", {q}" for q in quasi)
    ((more, less),) = database.execute(
        "WITH counted AS (SELECT count(DISTINCT person) - count(DISTINCT person) FILTER (member) "
        "AS outside, count(DISTINCT person) FILTER (lost) AS suppressed"
        f"{columns} FROM put_in {by}), "
        f"due AS (SELECT * FROM counted WHERE outside > 0), "
        "more AS (SELECT * FROM told EXCEPT ALL SELECT * FROM due), "
        "less AS (SELECT * FROM due EXCEPT ALL SELECT * FROM told) "
        "SELECT (SELECT count(*) FROM more), (SELECT count(*) FROM less)"
    ).fetchall()
    if not (more or less):
        return []
    return [
        f"The evidence has {more} groups of the population that the input does not have so, "
        f"and lacks {less}."
    ]
