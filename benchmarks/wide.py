"""Make a wide table: ``python -m benchmarks.wide FOLDER --columns 24 --rows 70000``.

Synthetic, in the style of hospital records: no real table with 24 quasi-identifiers and
hierarchies is at hand. The same arguments give the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import click
import numpy as np
import pyarrow as pa
import pyarrow.csv


@dataclass(frozen=True)
class Kind:
    """A column: number of leaves, leaves per group at each level above, and what drives it.

    `factor` is the latent factor of the person that the value depends on, `weight` how much of it
    that explains (0 to 1), `skew` how unequal the frequencies are (exponent of Zipf's law).
    """

    name: str
    leaves: int
    groups: tuple[int, ...]
    factor: int
    weight: float
    skew: float


#: Factors: 0 health, 1 region, 2 social position.
_KINDS: Final = (
    Kind("age", 100, (5, 10, 20), 0, 0.9, 0.2),
    Kind("zip", 1000, (10, 100), 1, 0.95, 0.5),
    Kind("sex", 2, (), 0, 0.2, 0.0),
    Kind("diagnosis", 500, (20, 100), 0, 0.6, 1.0),
    Kind("admission-day", 365, (7, 28, 84), 0, 0.1, 0.1),
    Kind("occupation", 40, (5,), 2, 0.7, 0.7),
    Kind("country", 60, (10,), 2, 0.5, 1.6),
    Kind("insurance", 8, (4,), 2, 0.8, 1.0),
    Kind("marital-status", 6, (3,), 0, 0.5, 0.6),
    Kind("education", 16, (4,), 2, 0.9, 0.3),
    Kind("days-in-hospital", 30, (5, 10), 0, 0.6, 1.2),
    Kind("ward", 24, (6,), 0, 0.6, 0.6),
    Kind("physician", 120, (12,), 1, 0.6, 0.6),
    Kind("procedure", 200, (20, 100), 0, 0.6, 1.0),
    Kind("body-mass", 32, (4, 8), 0, 0.4, 0.4),
    Kind("smoker", 3, (), 2, 0.4, 0.7),
    Kind("blood-group", 8, (4,), 1, 0.1, 0.8),
    Kind("birth-month", 12, (3,), 1, 0.0, 0.0),
    Kind("weight", 40, (5, 10), 0, 0.5, 0.3),
    Kind("creatinine", 20, (4,), 0, 0.7, 0.9),
    Kind("referral", 10, (5,), 1, 0.3, 0.9),
    Kind("children", 8, (2, 4), 0, 0.4, 0.8),
    Kind("discharge-hour", 24, (6,), 1, 0.1, 0.5),
    Kind("employment", 5, (), 2, 0.7, 0.5),
)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--columns", type=click.IntRange(1, len(_KINDS)), default=24, show_default=True)
@click.option("--rows", type=click.IntRange(1), default=70_000, show_default=True)
@click.option("--zip-leaves", type=click.IntRange(2), default=1000, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
def main(folder: Path, columns: int, rows: int, zip_leaves: int, seed: int) -> None:
    """Write data.csv and hierarchy_COLUMN.csv into FOLDER, which must not hold any yet."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise click.UsageError(f"{folder} is not empty; give a new folder")
    make(folder, columns, rows, zip_leaves, seed)


def make(folder: Path, n_columns: int, n_rows: int, zip_leaves: int = 1000, seed: int = 1) -> None:
    """Write the table; O(n_columns * n_rows * log n_rows)."""
    random = np.random.default_rng(seed)
    factors = random.standard_normal((3, n_rows))
    table = {}
    for kind in _KINDS[:n_columns]:
        if kind.name == "zip":
            kind = replace(kind, leaves=zip_leaves)
        labels = np.array([f"{kind.name} {leaf:06d}" for leaf in range(kind.leaves)])
        table[kind.name] = pa.array(labels[_leaves(kind, factors, random)])
        _write_hierarchy(folder / f"hierarchy_{kind.name}.csv", kind, labels)
    options = pyarrow.csv.WriteOptions(include_header=False, delimiter=";", quoting_style="none")
    with (folder / "data.csv").open("wb") as file:
        file.write((";".join(table) + "\n").encode())
        pyarrow.csv.write_csv(pa.table(table), file, options)


def _leaves(kind: Kind, factors: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Leaf of each record: ranks of a mixture of factor and noise, cut at Zipf's frequencies."""
    n_rows = factors.shape[1]
    noise = random.standard_normal(n_rows)
    mixed = kind.weight * factors[kind.factor] + np.sqrt(1 - kind.weight**2) * noise
    rank = np.empty(n_rows, dtype=np.int64)
    rank[np.argsort(mixed, kind="stable")] = np.arange(n_rows)
    frequency = random.permutation(1.0 / np.arange(1, kind.leaves + 1) ** kind.skew)
    bounds = np.cumsum(frequency) / frequency.sum()
    return np.minimum(np.searchsorted(bounds, (rank + 0.5) / n_rows), kind.leaves - 1)


def _write_hierarchy(path: Path, kind: Kind, labels: np.ndarray) -> None:
    lines = []
    for leaf, label in enumerate(labels):
        above = [f"{kind.name} group {size}:{leaf // size}" for size in kind.groups]
        lines.append(";".join([str(label), *above, "*"]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
