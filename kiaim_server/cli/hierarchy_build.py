"""``kiaim hierarchy build``: write down what a builder makes, to look at it or to change it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from kiaim_server.cli.options import EXISTING_FILE, EXISTING_FOLDER, reader_of, reader_options
from kiaim_server.errors import ConflictError, DataError, ParameterError

if TYPE_CHECKING:
    import pyarrow as pa

    from kiaim_server.hooks.host import PluginHost

_RANGE: Final = re.compile(r"(-?[0-9]{1,9})\.\.(-?[0-9]{1,9})\Z", re.ASCII)
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\Z", re.ASCII)
_MOST: Final = 1_000_000


@click.command(
    "build",
    short_help="Write the hierarchy that a builder makes to a file.",
    epilog="""\b
Examples:
  kiaim hierarchy build intervals --set widths=[5,10,20] --values 0..110 -o hierarchy_age.csv
  kiaim hierarchy build icd10 --from patients.csv --column diagnosis -o hierarchy_diagnosis.csv
  kiaim hierarchy build country --values DE,AT,CH -o hierarchy_country.csv
The file holds the values of the column, so treat it like the data. See: kiaim plugin list""",
)
@click.argument("builder")
@click.option("--from", "data", type=EXISTING_FILE, metavar="DATA", help="Takes a table's values.")
@click.option("--column", metavar="NAME", help="The column of DATA.")
@click.option(
    "--values",
    multiple=True,
    metavar="VALUE,...",
    help="Values instead of a table; 0..110 for whole numbers.",
)
@click.option(
    "--set", "pairs", multiple=True, metavar="KEY=VALUE", help="A parameter of the builder."
)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="A file."
)
@reader_options
@click.option("--plugins-dir", type=EXISTING_FOLDER, help="Your own plugins.")
def build_hierarchy(
    builder: str,
    data: Path | None,
    column: str | None,
    values: tuple[str, ...],
    pairs: tuple[str, ...],
    output: Path,
    **more: Any,
) -> None:
    """Let BUILDER (or a shipped hierarchy) make a hierarchy, and write it to a file.

    Level names are not written: a file has level 0, level 1 and so on.
    """
    if (data is None) == (not values):
        raise ParameterError("give the values: either --from DATA --column NAME, or --values")
    if (data is None) != (column is None):
        raise ParameterError("--from DATA and --column NAME go together")
    if output.exists():
        raise ConflictError(f"{output} exists; choose another name, or delete it")
    from kiaim_server.hierarchy import build, file_text, recipe
    from kiaim_server.hooks.host import PluginHost

    host = PluginHost.load(more["plugins_dir"])
    name, given = recipe(builder) or (builder, {})
    parameters = {**given, **_parameters(pairs)}
    taken = _values(values) if data is None else _column(data, str(column), host, more)
    made = build(name, parameters, column or output.stem.removeprefix("hierarchy_"), taken, host)
    if taken.null_count:
        made = made.with_missing()
    with output.open("x", encoding="utf-8", newline="") as file:
        file.write(file_text(made))
    sizes = ", ".join(
        f"{level} {len(labels):,}"
        for level, labels in zip(made.level_names, made.labels, strict=True)
    )
    click.echo(f"{output}: {made.n_leaves:,} values; labels per level: {sizes}")


def _parameters(pairs: tuple[str, ...]) -> dict[str, Any]:
    from kiaim_server.cli.context import parse_value

    found = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise ParameterError(f"--set {pair}: expected KEY=VALUE, e.g. --set widths=[5,10,20]")
        found[key] = parse_value(text, f"--set {key}")
    return found


def _column(data: Path, column: str, host: PluginHost, more: dict[str, Any]) -> pa.Array:
    from kiaim_server.read import read_table

    reader = reader_of(host, data.name, more["delimiter"], more["encoding"], more["reader_pairs"])
    table = read_table(data, host, options=reader)
    if column not in table.columns:
        known = ", ".join(table.columns)
        raise DataError(f"{table.name}: no column is called {column!r}; there are: {known}")
    return table.distinct(column).every


def _values(given: tuple[str, ...]) -> pa.Array:
    """Values as a column would have them: whole numbers if all are, else text."""
    import pyarrow as pa

    texts: dict[str, None] = {}
    for part in (part.strip() for item in given for part in item.split(",")):
        span = _RANGE.match(part)
        if span is None:
            texts.update({part: None} if part else {})
            continue
        low, high = int(span[1]), int(span[2])
        if not low <= high < low + _MOST:
            raise ParameterError(
                f"--values {part}: write the smaller number first; at most {_MOST:,} values"
            )
        texts.update((str(number), None) for number in range(low, high + 1))
    if not texts:
        raise ParameterError("--values: name at least one value")
    if all(_INTEGER.match(text) for text in texts):
        return pa.array([int(text) for text in texts])
    return pa.array(list(texts))
