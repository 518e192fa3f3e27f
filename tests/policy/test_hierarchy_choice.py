"""Which hierarchy a column takes: by name, condition, detection, kind; never by a silent guess."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.plan import ColumnPlan, Plan
from kiaim_server.policy import Policy, PolicyLibrary, lint_file
from tests.policy.conftest import HEAD, profile

CLASSIFY = """\
classify:
  - {id: all, names: [x, y], as: quasi, kind: geography, because: Known., cite: src}
"""

Load = Callable[..., Policy]
MakePlan = Callable[..., Plan]


@pytest.fixture(scope="module")
def host() -> PluginHost:
    """The installed plugins, with all their detectors."""
    return PluginHost.load()


def column(plan: Plan) -> ColumnPlan:
    (found,) = plan.columns
    assert not plan.blocks
    return found


ENTRIES = {
    "name and detection": "{id: both, names: [x], detects: [icd10], build: {values: {}}}",
    "name": "{id: named, names: [x], build: {values: {}}}",
    "condition": "{id: condition, where: column.name = 'x', build: {values: {}}}",
    "detection": "{id: detected, detects: [icd10, email], build: {values: {}}}",
    "kind": "{id: kind, kinds: [geography], build: {values: {}}}",
    "default": "{id: rest, build: {values: {}}}",
}
IDS = ["both", "named", "condition", "detected", "kind", "rest"]


@pytest.mark.parametrize("first", range(len(IDS)))
def test_the_most_specific_entry_is_chosen(first: int, load: Load, plan: MakePlan) -> None:
    entries = list(ENTRIES.values())[first:]
    lines = "".join(f"  - {entry}\n" for entry in reversed(entries))
    policy = load(f"{CLASSIFY}hierarchies:\n{lines}")
    found = column(plan(policy, [profile("x", detected=("icd10",))]))
    assert found.hierarchy is not None
    assert found.hierarchy.rule == f"own/{IDS[first]}"


@pytest.mark.parametrize(
    ("entry", "chosen_by"),
    [
        ("name and detection", "name and detection as icd10"),
        ("name", "name"),
        ("condition", "condition"),
        ("detection", "detection as icd10"),
        ("kind", "kind geography"),
        ("default", "default"),
    ],
)
def test_the_plan_says_by_what(entry: str, chosen_by: str, load: Load, plan: MakePlan) -> None:
    policy = load(f"{CLASSIFY}hierarchies:\n  - {ENTRIES[entry]}\n")
    found = column(plan(policy, [profile("x", detected=("icd10",))]))
    assert found.hierarchy is not None
    assert found.hierarchy.chosen_by == chosen_by


def test_both_the_name_and_the_detection_have_to_match(load: Load, plan: MakePlan) -> None:
    policy = load(f"{CLASSIFY}hierarchies:\n  - {ENTRIES['name and detection']}\n")
    for found in (profile("x"), profile("y", detected=("icd10",))):
        assert column(plan(policy, [found])).hierarchy is None


def test_two_detections_block_until_an_own_entry_names_the_column(
    load: Load, plan: MakePlan
) -> None:
    lines = (
        "hierarchies:\n"
        "  - {id: one, detects: [icd10], build: {values: {}}}\n"
        "  - {id: two, detects: [email], build: {dates: {levels: [year]}}}\n"
    )
    seen = [profile("x", detected=("email", "icd10"))]
    blocked = plan(load(f"{CLASSIFY}{lines}"), seen)
    assert any("none is more specific" in reason for _, reason in blocked.blocks)
    parent = HEAD.replace("policy: own", "policy: parent") + CLASSIFY + lines
    child = "extends: [parent@1]\nhierarchies:\n  - {id: mine, names: [x], build: {values: {}}}\n"
    found = column(plan(load(child, parent=parent), seen))
    assert found.hierarchy is not None
    assert found.hierarchy.rule == "own/mine"


def test_a_detector_that_is_nowhere_is_a_fault(library: PolicyLibrary, tmp_path: Path) -> None:
    file = tmp_path / "own.policy.yaml"
    file.write_text(
        HEAD + CLASSIFY + "hierarchies:\n  - {id: h, detects: [icd01], build: {values: {}}}\n"
    )
    found = [d for d in lint_file(file, library) if d.severity == "error"]
    assert [(d.code, d.line) for d in found] == [("P207", 10)]
    assert "icd10" in found[0].message
