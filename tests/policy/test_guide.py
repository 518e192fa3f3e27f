"""The authors' guide is current: its facts, its example, its cases."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.attribute import Role
from kiaim_server.policy import PolicyLibrary, evaluate, lint_file
from kiaim_server.policy.facts import fact_table
from kiaim_server.policy.source import plain, read_source
from tests.policy.conftest import TODAY, profile

GUIDE = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture(scope="module")
def installed() -> PolicyLibrary:
    return PolicyLibrary.load(PluginHost.load())


def test_the_table_of_facts_is_current() -> None:
    shown = re.search(r"<!-- facts: .*? -->\n\n(.*?)\n<!-- end of facts -->", GUIDE, re.DOTALL)
    assert shown is not None
    assert shown[1] == fact_table()


def test_the_heart_example_lints_and_covers_its_table(
    installed: PolicyLibrary, tmp_path: Path
) -> None:
    file = tmp_path / "heart-study.policy.yaml"
    file.write_text(BLOCKS[0], encoding="utf-8")
    assert lint_file(file, installed) == ()
    header = re.search(r"^    (Identifier,.*)$", GUIDE, re.MULTILINE)
    assert header is not None
    dates = ("birthdate", "death_date")
    profiles = [
        profile(name, "date", granularity="day") if name in dates else profile(name)
        for name in header[1].split(",")
    ]
    context_root = read_source(BLOCKS[1], "context.yaml").root
    assert context_root is not None
    policy = installed.get(file)
    plan = evaluate(policy, plain(context_root), profiles, installed.host, TODAY)
    assert (plan.unclassified, plan.blocks, plan.reviews) == ((), (), ())
    assert all(a.met for a in plan.attestations)
    roles = {c.name: c.attribute.role for c in plan.columns}
    assert roles["Identifier"] is Role.DIRECT
    assert roles["name"] is Role.DIRECT
    assert {n for n, r in roles.items() if r is Role.QUASI} == {*dates, "Age", "Sex"}
    assert roles["HeartDisease"] is Role.SENSITIVE
    assert plan.requirement("k-anonymity").at_least == 7  # type: ignore[union-attr]
    by_name = {c.name: c for c in plan.columns}
    assert by_name["Age"].weight == 2
    assert [t.name for t in by_name["birthdate"].transforms] == ["generalise"]
    assert [t.name for t in by_name["Identifier"].transforms] == ["remove"]
