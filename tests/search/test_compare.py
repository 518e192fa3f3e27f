"""The comparison with a result file: what it prints, skips and answers."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from benchmarks.compare import main

LINE = {
    "id": "tiny/k2/s0/dm", "dataset": "tiny", "rows": 4, "qis": ["zip", "age"], "sa": None,
    "kind": "global", "models": "k=2", "suppression_limit": 0, "metric": "dm", "gs_factor": 0.5,
    "load_ms": 1.0, "cold_ms": 2.0, "warm_median_ms": None, "score": 8, "peak_rss_mb": 1.0,
}  # fmt: skip


@pytest.fixture
def compare(tmp_path):
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "data.csv").write_text("zip;age\n01;1\n01;2\n02;1\n02;2\n", encoding="utf-8")
    (folder / "hierarchy_zip.csv").write_text("01;*\n02;*\n", encoding="utf-8")
    (folder / "hierarchy_age.csv").write_text("1;*\n2;*\n", encoding="utf-8")

    def run(*changes, more=()):
        results = tmp_path / "results.jsonl"
        lines = [json.dumps(LINE | change) for change in changes]
        results.write_text("\n".join(lines), encoding="utf-8")
        return CliRunner().invoke(main, [str(results), "--runs", "1", *more])

    return run


def test_an_equal_score_is_told_and_ends_with_0(compare) -> None:
    outcome = compare({})
    assert outcome.exit_code == 0, outcome.output
    assert "| tiny, k=2, 0, dm | 4 | equal | 2 (cold) |" in outcome.output
    assert "1 configurations, 0 with another score." in outcome.output


def test_another_score_is_told_and_ends_with_1(compare) -> None:
    outcome = compare({"score": 8.1})
    assert outcome.exit_code == 1
    assert "| 8.0, not equal |" in outcome.output


HIERARCHICAL = {"models": "k=2,th=0.5", "sa": "age", "qis": ["zip"], "score": 4}


def test_a_difference_where_arx_overflows_is_told_and_not_counted(compare) -> None:
    outcome = compare(HIERARCHICAL | {"score": 9, "rows": 46_341})
    assert outcome.exit_code == 0, outcome.output
    assert "not equal" in outcome.output
    assert "1 configurations, 0 with another score." in outcome.output
    assert "tiny/k2/s0/dm: another score, but ARX computes" in outcome.output
    assert compare(HIERARCHICAL | {"score": 9, "rows": 46_340}).exit_code == 1


@pytest.mark.parametrize("model", ["th=0.5", "gl=2", "dd=2", "bb=2", "be=0.5"])
def test_models_of_sensitive_attributes_are_asked_for(compare, model) -> None:
    """Both zips show both ages: two classes of two, sum of squares 8."""
    outcome = compare(HIERARCHICAL | {"models": f"k=2,{model}", "score": 8})
    assert outcome.exit_code == 0, outcome.output
    assert "| equal |" in outcome.output


def test_what_cannot_be_run_is_named_with_the_reason(compare) -> None:
    outcome = compare(
        {"id": "a", "kind": "local"},
        {"id": "b", "metric": "kl"},
        {"id": "c", "models": "k=2,kl=0.2"},
        {"id": "d", "dataset": "large"},
        {"id": "e", "score": None},
        {"id": "left out"},
        more=["--only", "^.$"],
    )
    assert outcome.exit_code == 0
    reasons = [line for line in outcome.output.splitlines() if line.startswith("Skipped ")]
    assert [reason.split(": ")[0] for reason in reasons] == [f"Skipped {c}" for c in "abcde"]
    assert "model kl=0.2 is not supported" in reasons[2]
    assert "left out" not in outcome.output
