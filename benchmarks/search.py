"""Measure the search on a folder: ``python -m benchmarks.search FOLDER --k 5 --suppression 0.02``.

Prints one JSON line with the fields of an ARX result file, so that both can be compared.
"""

from __future__ import annotations

import json
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import click

from benchmarks.demands import (
    Demand,
    beta_likeness,
    delta_disclosure,
    delta_presence,
    k_anonymity,
    k_map,
    l_diversity,
    t_closeness,
)
from benchmarks.folders import names_with_hierarchy, read_data, read_hierarchies
from benchmarks.metrics import METRICS, measure_called
from benchmarks.subsets import marked_records
from kiaim_server.encode import count_tuples, encode_table, value_tree
from kiaim_server.errors import InputError
from kiaim_server.kernels.warm import is_warm
from kiaim_server.model.bounds import parse_bound
from kiaim_server.model.contract import LossMeasure, PrivacyModel
from kiaim_server.model.encoded import EncodedTable
from kiaim_server.model.progress import Silent
from kiaim_server.model.solution import Infeasible, SearchProblem, Solution, Undecided
from kiaim_server.model.table import Table
from kiaim_server.search import find_optimum

T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """What to measure."""

    folder: Path
    demands: tuple[Demand, ...]
    limit: Fraction
    metric: str
    gs_factor: Fraction
    loss: LossMeasure
    quasi: tuple[str, ...]
    seconds: float | None
    runs: int
    person: str | None = None
    subset: Path | None = None


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--k", type=int, help="k-anonymity: records per class at least.")
@click.option("--l-diversity", "diversities", multiple=True, help="VARIANT:L:COLUMN, repeatable.")
@click.option("--t-closeness", "closeness", multiple=True, help="DISTANCE:T:COLUMN, repeatable.")
@click.option("--delta-disclosure", "disclosure", multiple=True, help="DELTA:COLUMN, repeatable.")
@click.option("--beta-likeness", "likeness", multiple=True, help="VARIANT:BETA:COLUMN, repeatable.")
@click.option("--k-map", "k_map_", type=int, help="Population per class at least; needs --subset.")
@click.option("--delta-presence", "presence", help="MIN:MAX, shares of a class; needs --subset.")
@click.option(
    "--subset",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The research subset: a file with some of the records of the table.",
)
@click.option("--person", help="Column that says whose record it is; then persons count.")
@click.option("--suppression", default="0", show_default=True, help="Share of records, 0 to 1.")
@click.option("--metric", type=click.Choice(list(METRICS)), default="loss", show_default=True)
@click.option("--gs-factor", default="0.5", show_default=True, help="0 to 1, where it is known.")
@click.option("--qi", help="Columns A,B,...; default: all with a hierarchy that are not sensitive.")
@click.option("--seconds", type=click.FloatRange(0), help="Budget of each search; default: none.")
@click.option("--runs", type=click.IntRange(1), default=5, show_default=True, help="Warm runs.")
def main(
    folder: Path,
    k: int | None,
    diversities: Sequence[str],
    closeness: Sequence[str],
    disclosure: Sequence[str],
    likeness: Sequence[str],
    k_map_: int | None,
    presence: str | None,
    subset: Path | None,
    person: str | None,
    suppression: str,
    metric: str,
    gs_factor: str,
    qi: str | None,
    seconds: float | None,
    runs: int,
) -> None:
    """Measure the search on FOLDER (data.csv, separated by ';', and hierarchy_COLUMN.csv)."""
    demands = [k_anonymity(k)] if k is not None else []
    demands += [l_diversity(text) for text in diversities]
    demands += [t_closeness(text) for text in closeness]
    demands += [delta_disclosure(text) for text in disclosure]
    demands += [beta_likeness(text) for text in likeness]
    demands += [k_map(k_map_)] if k_map_ is not None else []
    demands += [delta_presence(presence)] if presence is not None else []
    if not demands:
        raise click.UsageError(
            "state a privacy model: --k, --l-diversity, --t-closeness, --delta-disclosure, "
            "--beta-likeness, --k-map or --delta-presence"
        )
    try:
        limit = parse_bound(suppression)
    except ValueError as error:
        raise click.UsageError(f"--suppression: {suppression} {error}") from None
    if not 0 <= limit <= 1:
        raise click.UsageError(f"--suppression is {suppression}, but must be from 0 to 1")
    try:
        factor = parse_bound(gs_factor)
    except ValueError as error:
        raise click.UsageError(f"--gs-factor: {gs_factor} {error}") from None
    try:
        loss = measure_called(metric, factor)
        quasi = tuple(qi.split(",")) if qi else ()
        setting = Setting(
            folder,
            tuple(demands),
            limit,
            metric,
            factor,
            loss,
            quasi,
            seconds,
            runs,
            person,
            subset,
        )
        click.echo(json.dumps(measure(setting)))
    except InputError as error:
        raise click.ClickException(str(error)) from None


def measure(setting: Setting) -> dict[str, Any]:
    """Read, encode and search; the fields of one result line."""
    sensitive = tuple(dict.fromkeys(d.attribute for d in setting.demands if d.attribute))
    cached = is_warm()
    table, read_ms = _timed(lambda: read_data(setting.folder))
    quasi = setting.quasi or tuple(
        n
        for n in names_with_hierarchy(setting.folder, table)
        if n not in sensitive and n != setting.person
    )
    if not quasi:
        raise click.UsageError(f"{setting.folder} has no hierarchy_COLUMN.csv for any column")
    hierarchies, hierarchy_ms = _timed(lambda: read_hierarchies(setting.folder, quasi))
    subset = None if setting.subset is None else marked_records(table, setting.subset)
    (encoded, tuples), encode_ms = _timed(
        lambda: _encoded(
            table, hierarchies, dict.fromkeys(sensitive, "lexical"), setting.person, subset
        )
    )
    problem = SearchProblem(
        tuples=tuples,
        hierarchies=tuple(c.hierarchy for c in encoded.quasi),
        levels=tuple((0, h.n_levels - 1) for h in hierarchies),
        models=tuple(_complete(d.model, table, encoded, setting.folder) for d in setting.demands),
        max_suppressed=int(setting.limit * tuples.n_records),
        loss=setting.loss,
    )
    found, cold_ms = _timed(lambda: find_optimum(problem, Silent(), setting.seconds))
    warm = [
        _timed(lambda: find_optimum(problem, Silent(), setting.seconds))[1]
        for _ in range(setting.runs)
    ]
    limit = float(setting.limit)
    tag = "+".join(d.tag for d in setting.demands)
    return {
        "id": f"{setting.folder.resolve().name}/{tag}/s{limit:g}/{setting.metric}",
        "dataset": setting.folder.resolve().name,
        "rows": table.n_records,
        "released_rows": tuples.n_records,
        "persons": None if tuples.persons is None else tuples.persons.n_persons,
        "qis": list(quasi),
        "sa": ",".join(sensitive) or None,
        "kind": "global",
        "models": ",".join(d.label for d in setting.demands),
        "suppression_limit": limit,
        "metric": setting.metric,
        "aggregate": METRICS[setting.metric].aggregate,
        "gs_factor": float(setting.gs_factor),
        "read_ms": read_ms + hierarchy_ms,
        "encode_ms": encode_ms,
        "kernels_cached": cached,
        "cold_ms": cold_ms,
        "warm_runs": setting.runs,
        "warm_median_ms": statistics.median(warm),
        "lattice_nodes": problem.n_nodes,
        "tuples": tuples.n_tuples,
        **_outcome(found, quasi, problem),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _complete(
    model: PrivacyModel, table: Table, encoded: EncodedTable, folder: Path
) -> PrivacyModel:
    """The model, with the folder's hierarchy of its attribute if it needs one."""
    if not model.needs_tree:
        return model
    (column,) = (c for c in encoded.sensitive if c.name == model.attribute)
    (hierarchy,) = read_hierarchies(folder, (column.name,))
    return model.for_tree(value_tree(table, column.name, column.labels, hierarchy))


def _encoded(
    table: Any, hierarchies: Any, sensitive: Any, person: str | None, subset: Any
) -> tuple[Any, Any]:
    encoded = encode_table(table, hierarchies, sensitive, person, subset)
    return encoded, count_tuples(encoded)


def _outcome(
    found: Solution | Infeasible | Undecided, quasi: Sequence[str], problem: SearchProblem
) -> dict[str, Any]:
    statistics_ = {"statistics": dict(found.statistics)}
    if isinstance(found, Infeasible):
        return {"score": None, "obstacles": list(found.obstacles), **statistics_}
    if isinstance(found, Undecided):
        return {"score": None, "undecided": True, "lower_bound": found.lower_bound, **statistics_}
    sizes = found.class_sizes
    return {
        "optimum_levels": dict(zip(quasi, found.levels, strict=True)),
        "max_levels": {n: high for n, (_, high) in zip(quasi, problem.levels, strict=True)},
        "score": found.loss,
        "optimal": found.optimal,
        "lower_bound": found.lower_bound,
        "score_raw": list(found.loss_per_attribute),
        "suppressed": found.n_suppressed,
        "classes": len(sizes),
        "avg_class": float(sizes.mean()),
        "min_class": int(sizes[0]),
        "max_class": int(sizes[-1]),
        **statistics_,
    }


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    """The result of some work and the milliseconds that it took."""
    began = time.perf_counter()
    result = work()
    return result, (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
