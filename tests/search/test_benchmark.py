"""The benchmark's command line: one JSON line with the fields of an ARX result file."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from benchmarks.local import main as local
from benchmarks.search import main

FIELDS = {
    "id", "dataset", "rows", "qis", "models", "suppression_limit", "metric", "lattice_nodes",
    "score", "score_raw", "optimum_levels", "max_levels", "suppressed", "classes", "min_class",
    "max_class", "cold_ms", "warm_runs", "warm_median_ms", "peak_rss_mb", "read_ms", "encode_ms",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "tiny"
    path.mkdir()
    (path / "data.csv").write_text(
        "zip;age;ill\n01;1;a\n01;2;b\n02;1;a\n02;2;b\n", encoding="utf-8"
    )
    (path / "hierarchy_zip.csv").write_text("01;*\n02;*\n", encoding="utf-8")
    (path / "hierarchy_age.csv").write_text("1;*\n2;*\n", encoding="utf-8")
    (path / "hierarchy_ill.csv").write_text("a;*\nb;*\n", encoding="utf-8")
    return path


def test_one_line_is_printed(folder) -> None:
    arguments = [str(folder), "--k", "2", "--runs", "1", "--t-closeness", "ordered:0.1:ill"]
    outcome = CliRunner().invoke(main, arguments)
    assert outcome.exit_code == 0, outcome.output
    (line,) = outcome.output.splitlines()
    result = json.loads(line)
    assert set(result) >= FIELDS
    assert result["id"] == "tiny/k2+to0.1/s0/loss"
    assert result["qis"] == ["zip", "age"]
    assert result["optimum_levels"] == {"zip": 0, "age": 1}
    assert result["classes"] == 2


@pytest.mark.parametrize(
    ("metric", "score"),
    [("loss", 0.4142135623), ("aecs", 2.0), ("dm", 8.0), ("nue", 4.0), ("precision", 0.5),
     ("height", 1.0), ("ambiguity", 8.0)],
)  # fmt: skip
def test_every_measure_can_be_asked_for(folder, metric, score) -> None:
    """Four different records; one of the two columns is lifted to its root."""
    arguments = [str(folder), "--k", "2", "--runs", "1", "--metric", metric, "--qi", "zip,age"]
    outcome = CliRunner().invoke(main, arguments)
    assert outcome.exit_code == 0, outcome.output
    result = json.loads(outcome.output)
    assert result["id"] == f"tiny/k2/s0/{metric}"
    assert result["score"] == pytest.approx(score)


def test_a_subset_is_measured_against_its_population(folder) -> None:
    subset = folder / "subset.csv"
    subset.write_text("zip;age;ill\n02;1;a\n01;2;b\n", encoding="utf-8")
    arguments = [str(folder), "--subset", str(subset), "--runs", "1", "--qi", "zip,age"]
    arguments += ["--k-map", "2", "--delta-presence", "0.1:0.5"]
    outcome = CliRunner().invoke(main, arguments)
    assert outcome.exit_code == 0, outcome.output
    result = json.loads(outcome.output)
    assert result["id"] == "tiny/km2+dp0.1_0.5/s0/loss"
    assert (result["rows"], result["released_rows"], result["classes"]) == (4, 2, 2)
    subset.write_text("zip;age;ill\n02;1;a\n02;1;a\n", encoding="utf-8")
    outcome = CliRunner().invoke(main, arguments)
    assert "1 records are not in data.csv" in outcome.output


def test_persons_are_counted_where_their_column_is_named(folder) -> None:
    arguments = [str(folder), "--k", "2", "--person", "ill", "--runs", "1"]
    outcome = CliRunner().invoke(main, arguments)
    assert outcome.exit_code == 0, outcome.output
    result = json.loads(outcome.output)
    assert result["persons"] == 2
    assert result["optimum_levels"] == {"zip": 0, "age": 1}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "state a privacy model"),
        (["--k", "2", "--suppression", "2"], "must be from 0 to 1"),
        (["--k", "2", "--suppression", "some"], "is not a number"),
        (["--k", "1"], "below 2"),
        (["--k-map", "2"], "state which records are the research subset"),
        (["--delta-presence", "0.5"], "is not of the form MIN:MAX"),
        (["--k", "2", "--metric", "dm", "--gs-factor", "0.2"], "discernibility: gs_factor"),
        (["--k", "2", "--gs-factor", "some"], "is not a number"),
        (["--l-diversity", "recursive:2:ill"], "recursive takes 2 number(s)"),
        (["--delta-disclosure", "1"], "is not of the form DELTA:COLUMN"),
        (["--delta-disclosure", "0:ill"], "delta-disclosure: at_most"),
        (["--beta-likeness", "basic:ill"], "is not of the form VARIANT:BETA:COLUMN"),
        (["--t-closeness", "hierarchical:0.1:name"], "no column is called 'name'"),
        (["--t-closeness", "equal:0.1"], "is not of the form DISTANCE:T:COLUMN"),
        (["--k", "2", "--qi", "name"], "does not exist"),
    ],
)
def test_a_wrong_command_line_says_what_is_expected(folder, arguments, message) -> None:
    outcome = CliRunner().invoke(main, [str(folder), *arguments])
    assert outcome.exit_code != 0
    assert message in outcome.output


def test_local_recoding_prints_a_line_for_each_scheme(folder) -> None:
    arguments = [str(folder), "--k", "2", "--scheme", "agglomeration", "--scheme", "mondrian"]
    outcome = CliRunner().invoke(local, [*arguments, "--suppression", "0"])
    assert outcome.exit_code == 0, outcome.output
    lines = [json.loads(line) for line in outcome.output.splitlines()]
    assert [line["scheme"] for line in lines] == ["full-domain", "agglomeration", "mondrian"]
    assert [line["cell_loss"] for line in lines[:2]] == pytest.approx([1 / 3, 1 / 3])
    assert 1 / 3 <= lines[2]["cell_loss"] < 1
    assert all(line["models"] == "k=2" and line["suppressed"] == 0 for line in lines)


def test_local_recoding_says_what_is_wrong_with_its_arguments(folder) -> None:
    assert "state a privacy model" in CliRunner().invoke(local, [str(folder)]).output
    wrong = CliRunner().invoke(local, [str(folder), "--k", "2", "--suppression", "some"])
    assert wrong.exit_code == 1
    assert "is not a number" in wrong.output
