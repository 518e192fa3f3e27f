"""Measure the release of a large table: ``python -m benchmarks.scale FOLDER --records 1000000``.

Writes a table of visits to a hospital (Parquet, in row groups), a policy and hierarchies into
FOLDER, releases the table with ``kiaim anonymize`` in a process of its own, verifies what was
released, and prints one JSON line: seconds per step and the largest resident set of the process.

The table is made up from a seed: ten quasi-identifiers of realistic domains, which together have
no more distinct tuples than there are different people (``--people``), one sensitive attribute
that depends on them, a direct identifier that is unique, and a number that nobody knows.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

_ROW_GROUP: Final = 1_000_000
_STATES: Final = [f"S{i:02d}" for i in range(16)]
_SCHOOLS: Final = ["none", "primary", "secondary", "college", "bachelor", "master", "doctor"]

POLICY: Final = """schema: kiaim/policy/v1
policy: visits
version: "1.0.0"
title: Visits to hospitals, for research
effective: {from: "2026-01-01", review_by: "2099-12-31"}
sources:
  house: {cite: "House rule", kind: convention}
classify:
  - {id: number, names: [visit], as: direct, because: Names a visit., cite: house}
  - id: known
    names: [sex, birth_year, district, marital, education, nationality, occupation, admitted,
      insurance, smoker]
    as: quasi
    because: Neighbours know it.
    cite: house
  - {id: illness, names: [diagnosis], as: sensitive, because: To be hidden., cite: house}
  - {id: money, names: [cost], as: insensitive, because: Nobody else knows it., cite: house}
rules:
  - id: no-numbers
    transform:
      - {columns: "column.name = 'visit'", apply: remove}
    because: Nobody needs it.
    cite: house
  - id: crowd
    require:
      - k-anonymity: {at_least: 100}
      - l-diversity: {variant: distinct, at_least: 3}
      - suppressed-records: {at_most: 5%}
    because: A single record can be singled out.
    cite: house
hierarchies:
  - {id: years, names: [birth_year], build: {intervals: {widths: [5, 10, 20, 40]}}}
  - {id: days, names: [admitted], build: {dates: {levels: [month, quarter, year]}}}
output: {suppressed: drop}
"""


def hierarchies() -> dict[str, list[list[str]]]:
    """Rows per column: value, level 1, ..., top."""
    states = {s: ("north", "south", "east", "west")[i % 4] for i, s in enumerate(_STATES)}
    countries = ["home", *(f"N{i:02d}" for i in range(39))]
    return {
        "sex": [[v, "*"] for v in ("female", "male", "diverse")],
        "district": [[f"{s}-{i:02d}", s, states[s], "*"] for s in _STATES for i in range(25)],
        "marital": [[v, "*"] for v in ("single", "married", "divorced", "widowed", "partner")],
        "education": [
            [v, "low" if i < 2 else "middle" if i < 4 else "high", "*"]
            for i, v in enumerate(_SCHOOLS)
        ],
        "nationality": [
            [v, v if v == "home" else f"region {i % 5}", v if v == "home" else "abroad", "*"]
            for i, v in enumerate(countries)
        ],
        "occupation": [[f"O{i:02d}", f"branch {i // 10}", "*"] for i in range(60)],
        "insurance": [[v, "*"] for v in ("public", "private", "none")],
        "smoker": [[v, "*"] for v in ("yes", "no")],
    }


def people(n: int, random: np.random.Generator) -> dict[str, pa.Array]:
    """The quasi-identifiers of `n` different people, about one in fifty with a missing value."""
    leaves = {name: [row[0] for row in rows] for name, rows in hierarchies().items()}

    def drawn(name: str) -> pa.Array:
        values = leaves[name]
        weights = 1 / np.arange(1, len(values) + 1)
        places = random.choice(len(values), n, p=weights / weights.sum())
        hidden = random.random(n) < 0.002
        return pa.array(values).take(pa.array(places, mask=hidden))

    first = date(2023, 1, 1).toordinal() - date(1970, 1, 1).toordinal()
    years = np.clip(random.normal(1970, 20, n).astype(np.int16), 1930, 2020)
    days = first + random.integers(0, 730, n)
    made = {name: drawn(name) for name in leaves}
    made["birth_year"] = pa.array(years, mask=random.random(n) < 0.002)
    made["admitted"] = pa.array(days.astype(np.int32)).cast(pa.date32())
    return made


def write_table(path: Path, n_records: int, n_people: int, seed: int) -> None:
    """Write the table in row groups; the same arguments give the same records."""
    random = np.random.default_rng(seed)
    pool = people(n_people, random)
    illness = random.integers(0, 24, n_people)
    codes = pa.array([f"D{i:02d}" for i in range(24)])
    writer = None
    for start in range(0, n_records, _ROW_GROUP):
        n = min(_ROW_GROUP, n_records - start)
        # The square makes some people frequent visitors and others rare ones.
        who = (random.random(n) ** 2 * n_people).astype(np.int64)
        said = (illness[who] + random.geometric(0.4, n)) % 24
        columns = {"visit": pa.array(np.arange(start, start + n))}
        columns |= {name: values.take(pa.array(who)) for name, values in pool.items()}
        columns["diagnosis"] = codes.take(pa.array(said))
        columns["cost"] = pa.array(np.round(random.gamma(2.0, 900.0, n), 2))
        group = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, group.schema, compression="zstd")
        writer.write_table(group)
    if writer is not None:
        writer.close()


def write_inputs(folder: Path, n_records: int, n_people: int, seed: int) -> None:
    """Table, policy and hierarchies."""
    trees = folder / "hierarchies"
    trees.mkdir(parents=True, exist_ok=True)
    for name, rows in hierarchies().items():
        lines = (";".join(row) + "\n" for row in rows)
        (trees / f"hierarchy_{name}.csv").write_text("".join(lines), encoding="utf-8")
    (folder / "visits.policy.yaml").write_text(POLICY, encoding="utf-8")
    write_table(folder / "visits.parquet", n_records, n_people, seed)


def release(folder: Path, engine: str, kind: str) -> dict[str, Any]:
    """Release and verify in processes of their own; seconds and peaks."""
    kiaim = [sys.executable, "-m", "kiaim_server.cli"]
    keys = ["--data-dir", str(folder / "keys")]
    began = time.perf_counter()
    command = [*kiaim, "anonymize", str(folder / "visits.parquet"), *keys, "--engine", engine]
    command += ["-p", str(folder / "visits.policy.yaml"), "--force", "--format", kind]
    command += ["--hierarchies", str(folder / "hierarchies"), "-o", str(folder / "out")]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    if run.returncode != 0:
        raise click.ClickException(f"exit code {run.returncode}: {run.stdout[-2000:]}{run.stderr}")
    report = json.loads((folder / "out" / "report.json").read_text(encoding="utf-8"))
    began = time.perf_counter()
    data = next((folder / "out").glob("data.*"))
    command = [*kiaim, "verify", *keys, str(folder / "out" / "manifest.json"), str(data)]
    subprocess.run(command, check=True, capture_output=True)
    return {
        "engine": engine,
        "format": kind,
        "seconds": {**report["seconds"], "in all": seconds, "verify": time.perf_counter() - began},
        "peak_rss_mb": peak,
        "input_mb": (folder / "visits.parquet").stat().st_size / 2**20,
        "output_mb": data.stat().st_size / 2**20,
        "suppressed": report["suppressed"],
    }


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--records", type=click.IntRange(1), default=1_000_000, show_default=True)
@click.option("--people", "n_people", type=click.IntRange(1), default=400_000, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--engine", type=click.Choice(["memory", "duckdb"]), default="duckdb")
@click.option("--format", "kind", type=click.Choice(["csv", "parquet"]), default="parquet")
@click.option("--keep", is_flag=True, help="Take the table that is there already.")
def main(
    folder: Path, records: int, n_people: int, seed: int, engine: str, kind: str, keep: bool
) -> None:
    """Make a table in FOLDER, release it, and print what it took."""
    if not keep or not (folder / "visits.parquet").is_file():
        write_inputs(folder, records, n_people, seed)
    rows = pq.read_metadata(folder / "visits.parquet").num_rows
    click.echo(json.dumps({"records": rows, **release(folder, engine, kind)}))


if __name__ == "__main__":
    main()
