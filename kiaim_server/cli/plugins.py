"""``kiaim plugin``: what plugins offer."""

from __future__ import annotations

from pathlib import Path

import click

from kiaim_server.cli.options import EXISTING_FOLDER
from kiaim_server.cli.output import json_option, write_json


@click.group(short_help="See what plugins offer.")
def plugin() -> None:
    """See the plugins: privacy models, transforms, readers, loss measures, ..."""


@plugin.command("list", epilog="Example: kiaim plugin list --plugins-dir my-plugins/")
@click.option("--plugins-dir", type=EXISTING_FOLDER, help="Your own plugins, *.py.")
@json_option
def list_plugins(plugins_dir: Path | None, as_json: bool) -> None:
    """List every plugin found, with what it offers, or why it cannot be used."""
    from kiaim_server.hooks.host import PluginHost
    from kiaim_server.jobs import catalogue

    found = catalogue.list_plugins(PluginHost.load(plugins_dir))
    if as_json:
        write_json(found)
        return
    from kiaim_server.cli.summary import print_plugins

    print_plugins(found)
