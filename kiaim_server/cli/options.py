"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kiaim_server.errors import ParameterError
from kiaim_server.model.limits import MAX_SEARCH_SECONDS, SEARCH_SECONDS
from kiaim_server.model.prose import LANGUAGES

if TYPE_CHECKING:
    from kiaim_server.hooks.host import PluginHost
    from kiaim_server.policy import PolicyLibrary

F = TypeVar("F", bound=Callable[..., Any])

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
EXISTING_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


def default_data_dir() -> Path:
    """``$KIAIM_DATA_DIR``, or a folder of the user: where keys, tables and jobs are kept."""
    if given := os.environ.get("KIAIM_DATA_DIR"):
        return Path(given)
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "kiaim"


def installation_options(command: F) -> F:
    """Add the options that say where keys, plugins and policies are."""
    options = (
        click.option(
            "--data-dir",
            type=FOLDER,
            default=default_data_dir,
            show_default="$KIAIM_DATA_DIR or ~/.local/share/kiaim",
            help="Keys (made on first use), and the server's tables and jobs.",
        ),
        click.option("--plugins-dir", type=EXISTING_FOLDER, help="Your own plugins, *.py."),
        click.option("--policies-dir", type=EXISTING_FOLDER, help="Your own policies, *.yaml."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def library_options(command: F) -> F:
    """Add the options that say where plugins and policies are."""
    command = click.option("--plugins-dir", type=EXISTING_FOLDER, help="Your own plugins.")(command)
    return click.option("--policies-dir", type=EXISTING_FOLDER, help="Your own policies.")(command)


def open_library(plugins_dir: Path | None, policies_dir: Path | None) -> PolicyLibrary:
    """The policies of the product and of a folder, with the plugins of the product and of one."""
    from kiaim_server.hooks.host import PluginHost
    from kiaim_server.policy import PolicyLibrary

    return PolicyLibrary.load(PluginHost.load(plugins_dir), policies_dir)


def language_option(command: F) -> F:
    """Add ``--language``."""
    return click.option(
        "--language",
        type=click.Choice(LANGUAGES),
        help="Language of what people read; if not given, the policy's main language.",
    )(command)


def search_seconds_option(command: F) -> F:
    """Add ``--search-seconds``."""
    return click.option(
        "--search-seconds",
        type=click.FloatRange(0, MAX_SEARCH_SECONDS, min_open=True),
        default=SEARCH_SECONDS,
        show_default=True,
        metavar="N",
        help="How long the search for the least loss may take. When the time is up, the best "
        "solution found is taken, with a proven bound of how much better any other can be.",
    )(command)


def reader_options(command: F) -> F:
    """Add the options that say how the table is to be read."""
    options = (
        click.option("--delimiter", help="Of a CSV file; found out if not given."),
        click.option("--encoding", help="Of a CSV file; found out if not given."),
        click.option(
            "--reader",
            "reader_pairs",
            multiple=True,
            metavar="KEY=VALUE",
            help="Any other option of the reader, e.g. --reader sheet=Patients.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def reader_of(
    host: PluginHost,
    name: str,
    delimiter: str | None,
    encoding: str | None,
    reader_pairs: tuple[str, ...],
) -> dict[str, str | list[str]]:
    """The options of the reader that is for a file called `name`.

    Raises
    ------
    ParameterError
        A pair without ``=``, or an option that the reader does not take.
    DataError
        No reader is for the file.
    """
    from kiaim_server.jobs.reading import reader_options as checked
    from kiaim_server.read import reader_for

    given: dict[str, list[str]] = {}
    for pair in reader_pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise ParameterError(f"--reader {pair}: expected KEY=VALUE")
        given.setdefault(key, []).append(value)
    for key, option in (("delimiter", delimiter), ("encoding", encoding)):
        if option is not None:
            given.setdefault(key, []).append(option)
    return checked(reader_for(host, name), given)


def column_list(values: tuple[str, ...]) -> tuple[str, ...]:
    """Names from repeated options, each of which may hold several, separated by commas."""
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


def policy_reference(policy: str) -> str | Path:
    """A name in the library, or the path of a file: what ends like one, or names a folder."""
    is_path = policy.endswith((".yaml", ".yml")) or os.sep in policy
    return Path(policy) if is_path else policy
