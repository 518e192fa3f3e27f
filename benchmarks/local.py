"""Measure local recoding on a folder: ``python -m benchmarks.local FOLDER --k 5``.

Prints one JSON line per scheme, after one for the full-domain optimum.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from benchmarks.demands import Demand, k_anonymity, l_diversity, t_closeness
from benchmarks.folders import names_with_hierarchy, read_data, read_hierarchies
from kiaim_server.encode import count_tuples, encode_table
from kiaim_server.errors import InputError
from kiaim_server.kernels import warm
from kiaim_server.loss import Loss
from kiaim_server.model.bounds import parse_bound
from kiaim_server.model.progress import Silent
from kiaim_server.model.solution import LocalSolution, SearchProblem, Solution, mean_cell_loss
from kiaim_server.search import find_optimum
from kiaim_server.search.local import SCHEMES
from kiaim_server.search.local.find import candidates
from kiaim_server.search.local.settle import Settler


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--k", type=int, help="k-anonymity: records per class at least.")
@click.option("--l-diversity", "diversities", multiple=True, help="VARIANT:L:COLUMN, repeatable.")
@click.option("--t-closeness", "closeness", multiple=True, help="DISTANCE:T:COLUMN, repeatable.")
@click.option("--suppression", default="1", show_default=True, help="Share of records, 0 to 1.")
@click.option(
    "--scheme", "schemes", multiple=True, type=click.Choice(list(SCHEMES)), help="Default: all."
)
@click.option("--polish/--no-polish", default=True, show_default=True, help="Move tuples at last.")
def main(
    folder: Path,
    k: int | None,
    diversities: Sequence[str],
    closeness: Sequence[str],
    suppression: str,
    schemes: Sequence[str],
    polish: bool,
) -> None:
    """Measure local recoding on FOLDER (data.csv, separated by ';', and hierarchy_COLUMN.csv)."""
    demands = [k_anonymity(k)] if k is not None else []
    demands += [l_diversity(text) for text in diversities]
    demands += [t_closeness(text) for text in closeness]
    if not demands:
        raise click.UsageError("state a privacy model: --k, --l-diversity or --t-closeness")
    try:
        problem = _problem(folder, demands, suppression)
        warm.warm_up()
        models = ",".join(demand.label for demand in demands)
        common = {"dataset": folder.name, "models": models, "suppression_limit": suppression}
        click.echo(json.dumps(common | _full_domain(problem)))
        for scheme in schemes or SCHEMES:
            click.echo(json.dumps(common | _local(problem, scheme, polish)))
    except (InputError, ValueError) as error:
        raise click.ClickException(str(error)) from None


def _problem(folder: Path, demands: Sequence[Demand], suppression: str) -> SearchProblem:
    table = read_data(folder)
    sensitive = dict.fromkeys(d.attribute for d in demands if d.attribute is not None)
    quasi = [name for name in names_with_hierarchy(folder, table) if name not in sensitive]
    encoded = encode_table(
        table, read_hierarchies(folder, quasi), dict.fromkeys(sensitive, "lexical")
    )
    hierarchies = tuple(column.hierarchy for column in encoded.quasi)
    return SearchProblem(
        tuples=count_tuples(encoded),
        hierarchies=hierarchies,
        levels=tuple((0, tree.n_levels - 1) for tree in hierarchies),
        models=tuple(demand.model for demand in demands),
        max_suppressed=int(parse_bound(suppression) * encoded.n_records),
        loss=Loss(),
    )


def _full_domain(problem: SearchProblem) -> dict[str, Any]:
    began = time.process_time()
    found = find_optimum(problem, Silent())
    seconds = time.process_time() - began
    return _line("full-domain", found if isinstance(found, Solution) else None, seconds)


def _local(problem: SearchProblem, scheme: str, polish: bool) -> dict[str, Any]:
    began = time.process_time()
    settler = Settler.of(problem)
    found = next(candidates(problem, settler, Silent(), (scheme,), polish), None)
    return _line(scheme, found, time.process_time() - began)


def _line(
    scheme: str, found: Solution | LocalSolution | None, cpu_seconds: float
) -> dict[str, Any]:
    line: dict[str, Any] = {"scheme": scheme, "cpu_seconds": round(cpu_seconds, 3)}
    if found is None:
        return line | {"score": None, "cell_loss": None, "suppressed": None, "classes": None}
    return line | {
        "score": found.loss,
        "cell_loss": mean_cell_loss(found.loss_per_attribute),
        "suppressed": found.n_suppressed,
        "classes": len(found.class_sizes),
    }


if __name__ == "__main__":
    main()
