"""How errors are told to those who must not see the table."""

from __future__ import annotations

import errno

import pytest

from kiaim_server.jobs import faults


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_as_such(number: int) -> None:
    fault = faults.describe(OSError(number, "words that may quote a cell", "/data/x"))
    assert (fault["kind"], fault["status"]) == ("out-of-disk", 500)
    assert "words" not in fault["detail"]


def test_any_other_error_is_a_defect_without_its_words() -> None:
    for error in (OSError(errno.EIO, "secret"), ValueError("secret"), MemoryError("secret")):
        assert "secret" not in str(faults.describe(error))
