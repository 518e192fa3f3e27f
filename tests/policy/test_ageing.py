"""What has grown old in a policy is named at its place; the day is given, never looked up."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from kiaim_server.hooks.host import PluginHost
from kiaim_server.policy import PolicyLibrary, lint_text

TEXT = """\
schema: kiaim/policy/v1
policy: own
version: "1.0.0"
title: Own
effective: {review_by: "2026-11-23"}
sources:
  law:
    cite: A law
    kind: law
    checked: "2025-11-24"
  house: {cite: A house rule, kind: convention}
rules: [{id: r, decide: block, because: x, cite: [law, house]}]
"""


def on(host: PluginHost, day: str) -> PolicyLibrary:
    return PolicyLibrary.load(host, clock=lambda: datetime.date.fromisoformat(day))


def found(host: PluginHost, day: str, text: str = TEXT) -> list[tuple[str, int, int]]:
    return [(d.code, d.line, d.column) for d in lint_text(text, "own.policy.yaml", on(host, day))]


@pytest.mark.parametrize(
    ("day", "warnings"),
    [
        ("2026-11-23", []),
        ("2026-11-24", [("W503", 5, 24)]),
        ("2026-11-25", [("W503", 5, 24), ("W507", 10, 14)]),
        ("2025-11-23", [("W507", 10, 14)]),  # checked tomorrow
    ],
)
def test_the_day_after_is_the_first_one_too_late(
    host: PluginHost, day: str, warnings: list[tuple[str, int, int]]
) -> None:
    assert found(host, day) == warnings


def test_messages_name_the_day_and_the_mend(host: PluginHost) -> None:
    review, source = lint_text(TEXT, "own.policy.yaml", on(host, "2026-12-31"))
    assert review.message == (
        "the policy should have been reviewed by 2026-11-23; review it, and write the day of the "
        "next review"
    )
    assert source.message == (
        "source 'law' was last checked on 2025-11-24, more than 12 months ago; look it up again, "
        "and write the day"
    )
    (early, *_) = lint_text(TEXT, "own.policy.yaml", on(host, "2025-01-01"))
    assert "which is still to come" in early.message


@pytest.mark.parametrize(
    ("checked", "last"), [("2024-02-29", "2025-02-28"), ("2023-02-28", "2024-02-28")]
)
def test_a_year_from_a_leap_day(host: PluginHost, checked: str, last: str) -> None:
    text = TEXT.replace("2025-11-24", checked)
    day = datetime.date.fromisoformat(last)
    assert found(host, last, text) == []
    after = (day + datetime.timedelta(1)).isoformat()
    assert found(host, after, text) == [("W507", 10, 14)]


def test_the_last_year_that_there_is_ends_nothing(host: PluginHost) -> None:
    assert found(host, "9999-12-31", TEXT.replace("2025-11-24", "9999-06-01")) == [("W503", 5, 24)]


def test_a_retired_policy_need_not_be_looked_after(host: PluginHost) -> None:
    assert found(host, "2030-01-01", TEXT + "status: retired\n") == []


def test_warnings_do_not_stop_the_policy_and_are_about_the_file_alone(
    host: PluginHost, tmp_path: Path
) -> None:
    (tmp_path / "own.policy.yaml").write_text(TEXT)
    child = TEXT.split("effective")[0].replace("own", "child") + "extends: [own@1]\n"
    (tmp_path / "child.policy.yaml").write_text(child)
    library = PolicyLibrary.load(host, tmp_path, clock=lambda: datetime.date(2027, 1, 1))
    assert [d.code for d in library.get("own").warnings] == ["W503", "W507"]
    assert library.get("child").warnings == ()
