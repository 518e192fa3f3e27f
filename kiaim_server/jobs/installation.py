"""Where an installation has its data, plugins and policies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Installation:
    """The folders that server, workers and commands share.

    `plugins_dir` and `policies_dir` add to what is installed; None adds nothing.
    """

    data_dir: Path
    plugins_dir: Path | None = None
    policies_dir: Path | None = None

    def arguments(self) -> list[str]:
        """As options of a command line; `kiaim_server.jobs.main` reads them back."""
        found = ["--data-dir", str(self.data_dir)]
        if self.plugins_dir is not None:
            found += ["--plugins-dir", str(self.plugins_dir)]
        if self.policies_dir is not None:
            found += ["--policies-dir", str(self.policies_dir)]
        return found
