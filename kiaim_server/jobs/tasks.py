"""Work on files that the server does not do in its own process; see `isolated`.

Every function takes paths and JSON values and returns JSON values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kiaim_server.classify import profile_table
from kiaim_server.jobs.installation import Installation
from kiaim_server.pipeline import Workbench, measure, verify
from kiaim_server.read import open_table
from kiaim_server.store.layout import Layout


def open_workbench(installation: Installation) -> Workbench:
    """Load plugins, policies and keys of an installation."""
    return Workbench.open(
        installation.data_dir, installation.plugins_dir, installation.policies_dir
    )


def inspect_table(
    installation: Installation, path: Path, name: str, options: Mapping[str, Any]
) -> dict[str, Any]:
    """Read a table and describe it by counts: ``rows``, ``columns``, ``profile``.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    host = open_workbench(installation).host
    with (
        Layout.create(installation.data_dir).scratch("inspect") as folder,
        closing(open_table(path, host, folder, name=name, options=options)) as table,
    ):
        return {
            "rows": table.n_records,
            "columns": len(table.columns),
            "profile": [asdict(profile) for profile in profile_table(table, host)],
        }


def measure_table(
    installation: Installation,
    path: Path,
    name: str,
    options: Mapping[str, Any],
    quasi: Sequence[str],
    sensitive: Sequence[str],
    population: int | None,
) -> Mapping[str, Any]:
    """Measure a table as it is, see `kiaim_server.pipeline.measure`."""
    return measure(path, open_workbench(installation), quasi, sensitive, options, name, population)


def verify_release(
    installation: Installation,
    manifest: Path,
    data: Path,
    public_key: Path | None,
    evidence: Path | None,
) -> dict[str, Any]:
    """Check a released file against its manifest, with a given key or the installation's own."""
    workbench = open_workbench(installation)
    key = workbench.keys.public_pem() if public_key is None else public_key.read_bytes()
    return verify(manifest, data, workbench, key, evidence)
