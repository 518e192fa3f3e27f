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
    return PolicyLibrary.load(PluginHost.load(), clock=lambda: TODAY)


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


def test_the_example_of_waivers_relaxes_what_it_says(
    installed: PolicyLibrary, tmp_path: Path
) -> None:
    (block,) = (b for b in BLOCKS if b.startswith("waivers:"))
    head = (
        "schema: kiaim/policy/v1\npolicy: heart-study\nversion: '1.0.0'\ntitle: Heart study\n"
        "extends: [gdpr-health-controlled-access@1]\n"
        "sources: {committee: {cite: 'Decision 2026/14', kind: contract}}\n"
        "rules: [{id: rare-disease, when: data.rare_condition, because: Known to many.,\n"
        "         require: [{k-anonymity: {at_least: 20}}], cite: committee}]\n"
    )
    file = tmp_path / "heart-study.policy.yaml"
    file.write_text(head + block, encoding="utf-8")
    assert lint_file(file, installed) == ()
    context = {"release.purpose": "research", "data.rare_condition": True, "data.subjects": 20_000}
    columns = [profile(c, "date", granularity="day") for c in ("diagnosis_date", "birth_date")]
    plan = evaluate(installed.get(file), context, columns, installed.host, TODAY)
    assert {w.id: (w.status, w.subjects) for w in plan.waivers} == {
        "heart-study/days-of-diagnosis": ("relaxes", ("diagnosis_date",)),
        "heart-study/smaller-groups": ("relaxes", ()),
    }
    found = plan.requirement("k-anonymity")
    assert found is not None
    assert found.at_least == 11
    orders = {c.name: [t.parameters["to"] for t in c.transforms] for c in plan.columns}
    assert orders == {"diagnosis_date": ["day"], "birth_date": ["month"]}
