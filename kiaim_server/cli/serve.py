"""``kiaim serve``: the server with its workers."""

from __future__ import annotations

import ipaddress
import signal
import threading
from pathlib import Path
from typing import Final

import click

from kiaim_server.cli.arxaas import arxaas_options, face_of
from kiaim_server.cli.options import installation_options, search_seconds_option
from kiaim_server.cli.output import json_option, write_json_line
from kiaim_server.errors import ParameterError

_MIB: Final = 1 << 20


@click.command(
    epilog="""\b
Examples:
  kiaim serve
  kiaim serve --port 9000 --data-dir /srv/kiaim --workers 4 --policies-dir policies/
  curl -F file=@patients.csv http://127.0.0.1:8765/v1/datasets"""
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help="Port to listen on; 0 takes a free one and prints it.",
)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Jobs at a time."
)
@click.option(
    "--max-upload",
    type=click.IntRange(1),
    default=1024,
    show_default=True,
    metavar="MIB",
    help="Largest table that is taken.",
)
@search_seconds_option
@click.option(
    "--trusted-host",
    "trusted_hosts",
    multiple=True,
    metavar="NAME",
    help="A further name by which clients may call the server, e.g. behind a proxy.",
)
@click.option(
    "--no-access-control",
    is_flag=True,
    help="Listen on an address that other machines reach, though the server asks nobody who they "
    "are. Put something in front of it that does.",
)
@arxaas_options
@installation_options
@json_option
def serve(
    host: str,
    port: int,
    workers: int,
    max_upload: int,
    search_seconds: float,
    trusted_hosts: tuple[str, ...],
    no_access_control: bool,
    arxaas: bool,
    arxaas_policy: str | None,
    arxaas_context: tuple[str, ...],
    arxaas_records: int,
    data_dir: Path,
    plugins_dir: Path | None,
    policies_dir: Path | None,
    as_json: bool,
) -> None:
    """Serve the REST interface; OpenAPI at /openapi.json.

    Tables, jobs and keys live in the data folder. Jobs survive a restart. Stop with Ctrl-C or
    SIGTERM: workers and their jobs end with the server, interrupted jobs run again at next start.
    """
    if not _is_loopback(host) and not no_access_control:
        raise ParameterError(
            f"--host {host}: the server has no access control, so it listens on this machine only; "
            "give --no-access-control if something in front of it checks who calls"
        )
    import logging

    from kiaim_server.api.config import ServerConfig
    from kiaim_server.api.serve import RunningServer
    from kiaim_server.jobs.installation import Installation

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    names = (*ServerConfig.trusted_hosts, _as_host(host), *trusted_hosts)
    config = ServerConfig(
        Installation(data_dir, plugins_dir, policies_dir),
        max_upload=max_upload * _MIB,
        trusted_hosts=names,
        search_seconds=search_seconds,
        arxaas=face_of(arxaas, arxaas_policy, arxaas_context, arxaas_records),
    )
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    with RunningServer(config, host, port, workers) as server:
        if as_json:
            write_json_line({"event": "listening", "url": server.url, "data_dir": str(data_dir)})
        else:
            click.echo(f"listening on {server.url} (data folder {data_dir}); stop with Ctrl-C")
        ending.wait()
        if not as_json:
            click.echo("stopping workers ...")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _as_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host
