"""Follow a search of a large lattice: ``python -m benchmarks.anytime FOLDER --seconds 60``.

Prints one JSON line with the loss and the gap after 2, 10 and 60 seconds. Seconds are processor
time of all threads together, so that other work on the machine does not count.
"""

from __future__ import annotations

import json
import resource
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from benchmarks.folders import names_with_hierarchy, read_data, read_hierarchies
from benchmarks.metrics import METRICS, measure_called
from kiaim_server.encode import count_tuples, encode_table
from kiaim_server.kernels.warm import warm_up
from kiaim_server.model.solution import SearchProblem, Solution
from kiaim_server.privacy import KAnonymity
from kiaim_server.search import find_optimum

_MARKS = (2.0, 10.0, 60.0)


class Follower:
    """A monitor that notes what is known at each mark."""

    def __init__(self) -> None:
        self._began = time.process_time()
        self._marks = list(_MARKS)
        self.first: float | None = None
        self.at: dict[str, Any] = {}

    def report(self, step: str, share: float | None = None, **facts: object) -> None:
        """Note the first solution, and the facts once a mark is passed."""
        now = time.process_time() - self._began
        if self.first is None and "best_loss" in facts:
            self.first = now
        while self._marks and now >= self._marks[0]:
            mark = f"{self._marks.pop(0):g}"
            self.at[mark] = {key: facts.get(key) for key in ("best_loss", "lower_bound", "gap")}


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--k", type=click.IntRange(1), default=5, show_default=True)
@click.option("--suppression", type=click.FloatRange(0, 1), default=0.02, show_default=True)
@click.option("--metric", type=click.Choice(list(METRICS)), default="loss", show_default=True)
@click.option("--seconds", type=click.FloatRange(0), default=60.0, show_default=True)
def main(folder: Path, k: int, suppression: float, metric: str, seconds: float) -> None:
    """Follow the search on FOLDER (data.csv, separated by ';', and hierarchy_COLUMN.csv)."""
    table = read_data(folder)
    trees = read_hierarchies(folder, names_with_hierarchy(folder, table))
    encoded = encode_table(table, trees, {})
    problem = SearchProblem(
        tuples=count_tuples(encoded),
        hierarchies=tuple(column.hierarchy for column in encoded.quasi),
        levels=tuple((0, tree.n_levels - 1) for tree in trees),
        models=(KAnonymity(Fraction(k)),),
        max_suppressed=int(suppression * table.n_records),
        loss=measure_called(metric, Fraction(1, 2)),
    )
    warm_up()
    follower = Follower()
    began = time.process_time()
    found = find_optimum(problem, follower, seconds, clock=time.process_time)
    solved = isinstance(found, Solution)
    told = {
        "dataset": folder.resolve().name,
        "rows": table.n_records,
        "columns": len(trees),
        "lattice_nodes": problem.n_nodes,
        "first_solution_s": follower.first,
        "after": follower.at,
        "seconds": time.process_time() - began,
        "loss": found.loss if solved else None,
        "gap": found.gap if solved else None,
        "optimal": found.optimal if solved else None,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    click.echo(json.dumps(told))


if __name__ == "__main__":
    main()
