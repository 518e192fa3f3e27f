"""The page on the shipped policies says what the policies say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kiaim_server.hooks.host import PluginHost
from kiaim_server.policy import PolicyLibrary
from kiaim_server.policy.overview import overview

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "shipped-policies.md").read_text(encoding="utf-8")
MARK = "<!-- policies: made by kiaim_server.policy.overview.overview -->\n\n"


@pytest.fixture(scope="module")
def installed() -> PolicyLibrary:
    return PolicyLibrary.load(PluginHost.load())


def test_the_page_is_current(installed: PolicyLibrary) -> None:
    made = PAGE.partition(MARK)[2]
    assert made.rstrip("\n") == overview(installed, installed.names()).rstrip("\n"), (
        "write overview(library, library.names()) below the mark in docs/shipped-policies.md"
    )


def test_the_introduction_knows_every_policy_and_its_numbers(installed: PolicyLibrary) -> None:
    intro = PAGE.partition(MARK)[0]
    assert set(re.findall(r"\| \[([a-z0-9-]+)\]\(#\1\) \|", intro)) == set(installed.names())
    short = dict(re.findall(r"\[([a-z0-9-]+)\]\(#\1\) \| (.+) \|", intro))
    numbers = {
        "gdpr-baseline": ["min_k"],
        "gdpr-health-public-release": ["min_k", "sensitive_k"],
        "gdpr-health-controlled-access": ["strong_k", "weak_controls_k"],
        "ema-policy-0070": ["max_risk"],
        "hipaa-safe-harbor": ["zip3_residents"],
        "research-internal": ["min_k"],
    }
    for name, parameters in numbers.items():
        for parameter in parameters:
            value = installed.get(name).parameters[parameter].value
            assert re.search(rf"\b{value}\b", short[name].replace(",", "")), (name, parameter)
    smallest = installed.get("cms-cell-size").parameters["min_cell"].value
    assert f"1 to {int(smallest) - 1}" in short["cms-cell-size"]


@pytest.mark.parametrize("page", ["policies.md", "../README.md"])
def test_the_page_can_be_found(page: str) -> None:
    assert "shipped-policies.md" in (DOCS / page).read_text(encoding="utf-8")
