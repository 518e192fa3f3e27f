"""The installed wheel does the main job away from the checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

CONTEXT = [
    "release.regime=[gdpr]",
    "release.access=controlled",
    "release.form=microdata",
    "release.purpose=research",
    "release.keeps_pseudonym=false",
    "recipient.country=DE",
    "data.criminal_records=false",
    "legal.art9=j",
    "legal.dpia=done",
    f"attested.release-decision=Data steward@{datetime.now(UTC).date()}",
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel built from a copy of the tracked folders, so that the checkout stays as it is."""
    source = tmp_path_factory.mktemp("source") / "kiaim"
    unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("kiaim_server", "plugins", "hierarchies", "policies"):
        shutil.copytree(ROOT / name, source / name, ignore=unwanted)
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "dist"]
    subprocess.run(command, cwd=source, check=True, capture_output=True, timeout=200)
    return next((source / "dist").glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A fresh environment with the wheel; it borrows the dependencies, but not the checkout."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home / "venv", with_pip=True)
    python = home / "venv" / "bin" / "python"
    install = [python, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet", wheel]
    subprocess.run(install, check=True, capture_output=True, timeout=200)
    own = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout.strip()
    # A line of a .pth file adds a path, but does not run the .pth files in it: the editable
    # installation of the checkout stays out.
    Path(own, "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home


def kiaim(installed, *arguments, check=True):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV_"))}
    return subprocess.run(
        [installed / "venv" / "bin" / "kiaim", *arguments],
        cwd=installed,
        check=check,
        capture_output=True,
        text=True,
        timeout=200,
        env=environment | {"KIAIM_DATA_DIR": str(installed / "data")},
    )


def test_policies_hierarchies_plugins_and_pages_are_in_the_wheel(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "kiaim_policies/gdpr-baseline.policy.yaml",
        "kiaim_policies/tables/us-zip3-population@2022.csv",
        "kiaim_hierarchies/adult/hierarchy_age.csv",
        "kiaim_hierarchies/adult/README.md",
        "kiaim_plugins/transforms.py",
        "kiaim_server/demo/adult.csv",
        "kiaim_server/report/report.html",
        "kiaim_server/py.typed",
    } <= names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "plugins/"))]


def test_every_shipped_hierarchy_is_in_the_wheel_with_its_sources(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for file in (ROOT / "hierarchies").rglob("*.*"):
        if file.suffix != ".pyc":
            relative = file.relative_to(ROOT / "hierarchies").as_posix()
            assert f"kiaim_hierarchies/{relative}" in names


def test_every_package_of_the_checkout_is_in_the_wheel(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    places = {"kiaim_server": "kiaim_server", "plugins": "kiaim_plugins"}
    for folder, package in places.items():
        for file in (ROOT / folder).rglob("*.py"):
            relative = file.relative_to(ROOT / folder).as_posix()
            if not relative.startswith("examples/"):
                assert f"{package}/{relative}" in names


@pytest.mark.slow
def test_the_installed_command_finds_its_plugins_and_policies(installed):
    listed = kiaim(installed, "plugin", "list").stdout
    assert "k-anonymity" in listed
    assert "generalise" in listed
    assert "gdpr-health-public-release" in kiaim(installed, "policy", "list").stdout
    assert "icd10: Diagnosis codes" in kiaim(installed, "hierarchy", "list").stdout
    shown = kiaim(installed, "hierarchy", "show", "country", "Deutschland").stdout
    assert shown == "Deutschland;DE;Western Europe;Western Europe;Europe;*\n"


@pytest.mark.slow
def test_the_main_job_runs_away_from_the_checkout(installed):
    code = "import kiaim_server.demo as d; print(d.adult_table())"
    python = installed / "venv" / "bin" / "python"
    adult = subprocess.run(
        [python, "-c", code], cwd=installed, check=True, capture_output=True, text=True, timeout=60
    ).stdout.strip()
    assert str(installed) in adult
    context = [word for fact in CONTEXT for word in ("-c", fact)]
    kiaim(installed, "anonymize", adult, "-p", "gdpr-baseline", *context, "-o", "out")
    verified = kiaim(installed, "verify", "out/manifest.json", "out/data.csv")
    assert "VERIFIED" in verified.stdout
    Path(installed, "out/data.csv").write_bytes(b"sex\nMale\n")
    changed = kiaim(installed, "verify", "out/manifest.json", "out/data.csv", check=False)
    assert changed.returncode == 3
