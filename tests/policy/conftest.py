from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.attribute import ColumnProfile
from kiaim_server.model.plan import Plan
from kiaim_server.policy import Policy, PolicyLibrary, evaluate
from tests.policy.plugins import small_host

TODAY = datetime.date(2026, 11, 24)

HEAD = """\
schema: kiaim/policy/v1
policy: own
version: "1.0.0"
title: Own
sources:
  src: {cite: A source, kind: convention}
"""


@pytest.fixture(scope="session")
def host() -> PluginHost:
    return small_host()


@pytest.fixture
def library(host: PluginHost, tmp_path: Path) -> PolicyLibrary:
    return PolicyLibrary.load(host, tmp_path, clock=lambda: TODAY)


@pytest.fixture
def load(library: PolicyLibrary, tmp_path: Path) -> Callable[..., Policy]:
    """Write policies (name=text without head, or whole files) and get the last one."""

    def get(body: str, **others: str) -> Policy:
        for name, text in others.items():
            file = tmp_path / f"{name.replace('_', '-')}.policy.yaml"
            file.write_text(text, encoding="utf-8")
        file = tmp_path / "own.policy.yaml"
        file.write_text(HEAD + body, encoding="utf-8")
        return library.get("own")

    return get


@pytest.fixture
def plan(host: PluginHost) -> Callable[..., Plan]:
    def make(
        policy: Policy,
        columns: Sequence[ColumnProfile | str] = (),
        context: Mapping[str, Any] | None = None,
        today: datetime.date = TODAY,
    ) -> Plan:
        profiles = [profile(c) if isinstance(c, str) else c for c in columns]
        return evaluate(policy, context or {}, profiles, host, today)

    return make


def profile(name: str, type_: str = "text", **more: Any) -> ColumnProfile:
    given: dict[str, Any] = {"n_records": 100, "n_missing": 0, "n_distinct": 10, **more}
    return ColumnProfile(name, type_, **given)
