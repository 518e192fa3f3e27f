"""The benchmark of the rule engine measures what it says."""

from __future__ import annotations

import json

from click.testing import CliRunner

from benchmarks.policy import main, policy_text, profiles
from kiaim_server.hooks.host import PluginHost
from kiaim_server.policy import PolicyLibrary, lint_text


def test_its_policy_is_clean_and_its_table_is_covered() -> None:
    library = PolicyLibrary.load(PluginHost.load())
    text = policy_text(200)
    assert lint_text(text, "benchmark.policy.yaml", library) == ()
    assert text.count("  - id: rule-") == 200
    assert len(profiles(300)) == 300


def test_it_prints_times() -> None:
    result = CliRunner().invoke(main, ["--rules", "20", "--columns", "12", "--runs", "1"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["applied"] > 0
    assert found["evaluate_ms"] > 0
    assert len(found["lint_ms"]) == 3
