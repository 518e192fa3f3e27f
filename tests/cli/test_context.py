"""Facts of a release from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiaim_server.cli.context import read_context
from kiaim_server.errors import ContextError


def test_values_are_read_by_the_type_of_their_fact() -> None:
    given = [
        "release.access=public",
        "release.regime=gdpr,hipaa",
        "release.keeps_pseudonym=true",
        "data.subjects=5000",
        "recipient.country=NO",
    ]
    context = read_context(given)
    assert context["release.regime"] == ["gdpr", "hipaa"]
    assert context["release.keeps_pseudonym"] is True
    assert context["recipient.country"] == "NO"
    assert int(context["data.subjects"]) == 5000


def test_lists_and_attestations_may_be_written_in_yaml() -> None:
    context = read_context(
        [
            "release.regime=[gdpr]",
            "attested.release-decision=Dr. A. Example@2026-11-24",
            "attested={dpia: {by: B, on: '2026-01-01'}}",
        ]
    )
    assert context["release.regime"] == ["gdpr"]
    assert context["attested"] == {
        "release-decision": {"by": "Dr. A. Example", "on": "2026-11-24"},
        "dpia": {"by": "B", "on": "2026-01-01"},
    }


def test_a_file_may_be_nested_and_keeps_texts_as_texts(tmp_path: Path) -> None:
    file = tmp_path / "context.yaml"
    file.write_text(
        "release: {access: public}\n"
        "recipient.country: NO\n"
        "attested:\n  gdpr-baseline/dpia-missing: {by: A, on: 2026-11-24}\n"
    )
    assert read_context([f"@{file}", "release.access=controlled"]) == {
        "release.access": "controlled",
        "recipient.country": "NO",
        "attested": {"gdpr-baseline/dpia-missing": {"by": "A", "on": "2026-11-24"}},
    }


@pytest.mark.parametrize(
    ("item", "says"),
    [
        ("release.access", "expected KEY=VALUE"),
        ("=public", "expected KEY=VALUE"),
        ("release.acces=public", "release.access"),
        ("release.keeps_pseudonym=yes", "true or false"),
        ("release.regime=[gdpr", "not valid YAML"),
        ("attested=[a]", "attested"),
        ("@missing.yaml", "No such file"),
    ],
)
def test_what_is_wrong_is_named(item: str, says: str) -> None:
    with pytest.raises(ContextError, match=says):
        read_context([item])


def test_a_file_that_is_no_mapping(tmp_path: Path) -> None:
    file = tmp_path / "context.yaml"
    for text in ("- a\n", "a: 1\na: 2\n", ""):
        file.write_text(text)
        with pytest.raises(ContextError, match=r"context\.yaml"):
            read_context([f"@{file}"])
