"""The table for lattices too large to finish, and the benchmark that follows a search on it."""

from __future__ import annotations

import json

from click.testing import CliRunner

from benchmarks.anytime import main as follow
from benchmarks.folders import names_with_hierarchy, read_data, read_hierarchies
from benchmarks.wide import main as make


def test_equal_arguments_make_equal_tables_with_their_hierarchies(tmp_path) -> None:
    arguments = ["--columns", "24", "--rows", "60", "--zip-leaves", "200"]
    for name in ("a", "b"):
        done = CliRunner().invoke(make, [str(tmp_path / name), *arguments])
        assert done.exit_code == 0, done.output
    a, b = tmp_path / "a", tmp_path / "b"
    assert {p.name: p.read_bytes() for p in a.iterdir()} == {
        p.name: p.read_bytes() for p in b.iterdir()
    }
    table = read_data(a)
    trees = read_hierarchies(a, names_with_hierarchy(a, table))
    assert (table.n_records, len(trees)) == (60, 24)
    assert trees[1].n_leaves == 200
    assert all(len(tree.labels[-1]) == 1 for tree in trees)
    again = CliRunner().invoke(make, [str(a), *arguments])
    assert again.exit_code == 2
    assert "is not empty" in again.output


def test_a_search_is_followed_to_its_end(tmp_path) -> None:
    folder = tmp_path / "wide"
    CliRunner().invoke(make, [str(folder), "--columns", "3", "--rows", "200"])
    done = CliRunner().invoke(follow, [str(folder), "--seconds", "600"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["optimal"] is True
    assert told["gap"] == 0
    assert told["rows"] == 200
