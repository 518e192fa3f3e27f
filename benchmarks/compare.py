"""Hold the search against a result file: ``python -m benchmarks.compare RESULTS.jsonl``.

Runs `benchmarks.search` for every line that it can, each in a process of its own, and prints a
table. Exit code 1 if a score differs, unless the line is one for which ARX cannot be relied on.
"""

from __future__ import annotations

import json
import math
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from benchmarks.metrics import METRICS

#: Models of a result line -> arguments of `benchmarks.search`.
_MODELS: Final = (
    (re.compile(r"k=(\d+)"), lambda m, _: ["--k", m[1]]),
    (re.compile(r"dl=(\d+)"), lambda m, sa: ["--l-diversity", f"distinct:{m[1]}:{sa}"]),
    (re.compile(r"el=([\d.]+)"), lambda m, sa: ["--l-diversity", f"entropy:{m[1]}:{sa}"]),
    (
        re.compile(r"rcl=([\d.]+):(\d+)"),
        lambda m, sa: ["--l-diversity", f"recursive:{m[2]}:{m[1]}:{sa}"],
    ),
    (re.compile(r"te=([\d.]+)"), lambda m, sa: ["--t-closeness", f"equal:{m[1]}:{sa}"]),
    (re.compile(r"to=([\d.]+)"), lambda m, sa: ["--t-closeness", f"ordered:{m[1]}:{sa}"]),
    (re.compile(r"th=([\d.]+)"), lambda m, sa: ["--t-closeness", f"hierarchical:{m[1]}:{sa}"]),
    (re.compile(r"gl=([\d.]+)"), lambda m, sa: ["--l-diversity", f"grassberger:{m[1]}:{sa}"]),
    (re.compile(r"dd=([\d.]+)"), lambda m, sa: ["--delta-disclosure", f"{m[1]}:{sa}"]),
    (re.compile(r"bb=([\d.]+)"), lambda m, sa: ["--beta-likeness", f"basic:{m[1]}:{sa}"]),
    (re.compile(r"be=([\d.]+)"), lambda m, sa: ["--beta-likeness", f"enhanced:{m[1]}:{sa}"]),
)

#: From here on the square of the number of rows does not fit into 32 bits. ARX computes
#: hierarchical distances from products of counts and rows in 32 bits: they may overflow.
_OVERFLOWING_ROWS: Final = 46_341

_HEADER: Final = (
    "| configuration | nodes | score | ARX, ms | here, ms | ratio | first search, ms | "
    "ARX load, ms | read and encode, ms | memory ARX / here, MB |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


@click.command()
@click.argument("results", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--folder",
    "data_root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Holds one folder per data set; default: the folder of RESULTS.",
)
@click.option("--only", default="", help="Regular expression that ids have to match.")
@click.option("--runs", type=click.IntRange(1), default=5, show_default=True, help="Warm runs.")
def main(results: Path, data_root: Path | None, only: str, runs: int) -> None:
    """Hold the search against RESULTS, JSON lines in the format of `benchmarks.search`."""
    skipped, ratios, differing, overflowing = [], [], [], []
    click.echo(_HEADER)
    for line in _lines(results, only):
        arguments, reason = _arguments(line, data_root or results.parent)
        if reason:
            skipped.append(f"{line['id']}: {reason}")
            continue
        found = _search([*arguments, "--runs", str(runs)])
        ratio = _reference_ms(line) / found["warm_median_ms"]
        ratios.append(ratio)
        if not _equal(line["score"], found["score"]):
            (overflowing if _may_overflow(line) else differing).append(line["id"])
        click.echo(_row(line, found, ratio))
    click.echo(f"\n{len(ratios)} configurations, {len(differing)} with another score.")
    for name in overflowing:
        click.echo(
            f"{name}: another score, but ARX computes hierarchical distances in 32 bits, which "
            "tables of this size overflow; not counted."
        )
    if ratios:
        click.echo(f"Ratio: median {statistics.median(ratios):.0f}, smallest {min(ratios):.0f}.")
    click.echo("".join(f"Skipped {reason}\n" for reason in skipped), nl=False)
    sys.exit(1 if differing else 0)


def _lines(results: Path, only: str) -> Iterator[dict[str, Any]]:
    for text in results.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        if re.search(only, line["id"]):
            yield line


def _arguments(line: Mapping[str, Any], data_root: Path) -> tuple[list[str], str]:
    """Arguments of `benchmarks.search`, or why the line cannot be run."""
    if line["kind"] != "global":
        return [], f"kind {line['kind']} is not supported"
    if line["metric"] not in METRICS:
        return [], f"measure {line['metric']} is not supported"
    if line["score"] is None:
        return [], "the file has no score"
    folder = data_root / line["dataset"]
    if not folder.is_dir():
        return [], f"{folder} does not exist"
    models: list[str] = []
    for text in line["models"].split(","):
        for pattern, arguments in _MODELS:
            if match := pattern.fullmatch(text):
                models += arguments(match, line["sa"])
                break
        else:
            return [], f"model {text} is not supported"
    limits = [
        "--suppression",
        str(line["suppression_limit"]),
        "--gs-factor",
        str(line["gs_factor"]),
        "--metric",
        line["metric"],
    ]
    return [str(folder), *models, *limits, "--qi", ",".join(line["qis"])], ""


def _search(arguments: Sequence[str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.search", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _equal(expected: float, found: float | None) -> bool:
    return found is not None and math.isclose(expected, found, rel_tol=1e-9, abs_tol=1e-12)


def _may_overflow(line: Mapping[str, Any]) -> bool:
    """Whether ARX's score of the line may be wrong."""
    hierarchical = any(model.startswith("th=") for model in line["models"].split(","))
    return hierarchical and int(line["rows"]) >= _OVERFLOWING_ROWS


def _reference_ms(line: Mapping[str, Any]) -> float:
    """The reference's warm time; its first run where the file has no warm one."""
    warm = line["warm_median_ms"]
    return float(line["cold_ms"] if warm is None else warm)


def _row(line: Mapping[str, Any], found: Mapping[str, Any], ratio: float) -> str:
    limit = line["suppression_limit"]
    measure = "" if line["metric"] == "loss" else f", {line['metric']}"
    if line["gs_factor"] != 0.5:
        measure += f", gs {line['gs_factor']:g}"
    cells = [
        f"{line['dataset']}, {line['models']}, {limit:g}{measure}",
        f"{found['lattice_nodes']:,}",
        "equal" if _equal(line["score"], found["score"]) else f"{found['score']}, not equal",
        f"{_reference_ms(line):,.0f}" + ("" if line["warm_median_ms"] else " (cold)"),
        f"{found['warm_median_ms']:,.0f}",
        f"{ratio:.0f}",
        f"{found['cold_ms']:,.0f}",
        f"{line['load_ms']:,.0f}",
        f"{found['read_ms'] + found['encode_ms']:,.0f}",
        f"{line['peak_rss_mb']:,.0f} / {found['peak_rss_mb']:,.0f}",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
