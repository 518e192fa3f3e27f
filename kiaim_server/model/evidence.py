"""The evidence of a release: what a recount needs and the released file must not show.

A Parquet file for whoever answers for the release, never for the recipient. Both who writes it and
who counts with it take the format from here, and nothing else from each other.

Its first rows are the records of the released file, in the order of the file; they have a
`PERSON` and nothing else. They are there where a policy names a person key. The rows after them
are groups of records that were put in but do not belong to the research subset, by the
quasi-identifiers that the file would show of them; they have no `PERSON`. They are there where a
subset was given.

=============  =======  ==========================================================================
`PERSON`       int64    A number without meaning: equal for records of one person, given from 0
                        on in the order in which persons first appear in the file.
`OUTSIDE`      int64    How many records of the group are not in the subset; with a person key, how
                        many persons have a record there and none of the subset in the group.
`SUPPRESSED`   int64    Records (with a person key: persons) of the subset that the group has lost
                        to suppression. Where there are some, the file does not show the group.
``qi:NAME``    as file  The quasi-identifiers in the order of the file.
=============  =======  ==========================================================================
"""

from __future__ import annotations

from typing import Final

PERSON: Final = "person"
OUTSIDE: Final = "outside"
SUPPRESSED: Final = "suppressed"


def evidence_columns(quasi: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the columns of the evidence for a file with these quasi-identifiers."""
    return (PERSON, OUTSIDE, SUPPRESSED, *(f"qi:{name}" for name in quasi))
