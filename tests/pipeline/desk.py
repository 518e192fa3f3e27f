"""A small table and a policy of a few lines, through the whole pipeline."""

from __future__ import annotations

import csv

from kiaim_server.hierarchy import HierarchySource
from tests.acceptance.journey import run

HEAD = """
schema: kiaim/policy/v1
policy: own
version: "1.0.0"
title: A policy of a few lines
effective: {from: "2026-01-01", review_by: "2099-12-31"}
sources:
  house: {cite: "House rule", kind: convention}
"""


def release(folder, rows, body, *, hierarchies=None, **more):
    """Release rows (the first one names the columns) under the policy `body`."""
    data = folder / "table.csv"
    with data.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    policy = folder / "own.policy.yaml"
    policy.write_text(HEAD + body)
    out = folder / "out"
    out.mkdir(exist_ok=True)
    source = HierarchySource(inline=hierarchies or {})
    return run(data, policy, out, context={}, hierarchies=source, **more)


def released(outcome):
    """The released records as dicts; fails with the reasons where nothing was released."""
    assert "data" in outcome.files, outcome.decision
    with outcome.files["data"].open(newline="") as file:
        return list(csv.DictReader(file))
