"""The options of ``kiaim serve`` that enable the face for ARXaaS."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from kiaim_server.arxaas import Face
from kiaim_server.cli import main
from kiaim_server.cli.arxaas import face_of
from kiaim_server.errors import ParameterError


def test_the_face_is_off_unless_enabled() -> None:
    assert face_of(False, None, (), 50_000) is None
    assert face_of(True, None, (), 50_000) == Face()


def test_policy_context_and_limit_reach_the_face() -> None:
    context = ("release.access=controlled", "attested.check=A. Person@2026-11-24")
    found = face_of(True, "gdpr-baseline", context, 7)
    assert found is not None
    assert (found.policy, found.max_records) == ("gdpr-baseline", 7)
    assert found.context == {
        "release.access": "controlled",
        "attested": {"check": {"by": "A. Person", "on": "2026-11-24"}},
    }


@pytest.mark.parametrize(
    ("enabled", "policy", "context"),
    [(False, "gdpr-baseline", ()), (False, None, ("a=b",)), (True, None, ("a=b",))],
)
def test_options_that_would_do_nothing(
    enabled: bool, policy: str | None, context: tuple[str, ...]
) -> None:
    """Whoever gives them believes that they hold."""
    with pytest.raises(ParameterError):
        face_of(enabled, policy, context, 1)


def test_a_policy_that_is_not_there_ends_the_start(tmp_path: Path) -> None:
    arguments = ["serve", "--port", "0", "--data-dir", str(tmp_path), "--arxaas"]
    result = CliRunner().invoke(main, [*arguments, "--arxaas-policy", "no-such"])
    assert result.exit_code == 2
    assert "no-such" in result.output
