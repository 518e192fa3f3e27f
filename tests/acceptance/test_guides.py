"""What README and guides show is run as it stands there."""

import random
import re
import textwrap

import pytest
import yaml

from kiaim_server import pipeline
from kiaim_server.audit import verify
from kiaim_server.hooks import spec
from kiaim_server.pipeline import Workbench
from kiaim_server.policy import lint_file
from tests.acceptance.journey import CONTEXT, ROOT, run


def blocks(document, language):
    text = (ROOT / document).read_text()
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def patients(tmp_path):
    """The README's table, only longer."""
    header = re.search(r"^patient_id,.*$", (ROOT / "README.md").read_text(), re.MULTILINE)[0]
    draw = random.Random(7)
    lines = [header]
    for number in range(300):
        born = f"{draw.randint(1930, 1999)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"
        plz = draw.choice(["48147", "48149", "48153", "48161"])
        code = draw.choice(["I21.0", "I25.1", "I50.0"])
        lines.append(
            f"P-{number:04},{born},{draw.choice('fm')},{plz},{code},{draw.randint(95, 180)}"
        )
    path = tmp_path / "patients.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_readmes_policy_and_context_release_its_table(patients, tmp_path):
    policy_text, context_text = blocks("README.md", "yaml")
    policy = tmp_path / "heart.policy.yaml"
    policy.write_text(policy_text)
    context = yaml.safe_load(context_text) | {"attested": CONTEXT["attested"]}
    workbench = Workbench.open(tmp_path / "keys")
    assert not lint_file(policy, workbench.library)
    outcome = run(patients, policy, tmp_path / "out", context=context, workbench=workbench)
    assert outcome.decision.verdict == "release", outcome.decision.reasons
    assert outcome.files["data"].read_text().startswith("birthdate,sex,zip,diagnosis,systolic\n")
    key = workbench.keys.public_pem()
    assert verify(outcome.files["manifest"], outcome.files["data"], key).ok


GUIDE_POLICY = """
schema: kiaim/policy/v1
policy: guide
version: "1.0.0"
title: A policy that needs plugins
effective: {from: "2026-01-01", review_by: "2099-12-31"}
extends: [gdpr-health-controlled-access@1]
sources:
  house: {cite: "House rule", kind: convention}
classify:
  - {id: vitals, names: [systolic], as: insensitive, because: Varies daily., cite: house}
rules:
  - id: nothing-dominates
    require:
      - dominance: {at_most: 80%}
    because: A guess shall be wrong in one of five cases at least.
    cite: house
  - id: one-spelling
    transform:
      - {columns: "column.name = 'diagnosis'", apply: lower-case}
    because: Codes come in two spellings.
    cite: house
"""


def test_the_plugins_of_the_guide_work_as_they_stand_there(patients, tmp_path):
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    for number, code in enumerate(blocks("docs/plugins.md", "python")):
        (plugins / f"guide{number}.py").write_text(code)
    policy = tmp_path / "guide.policy.yaml"
    policy.write_text(textwrap.dedent(GUIDE_POLICY))
    workbench = Workbench.open(tmp_path / "keys", plugins)
    context = CONTEXT | {"data.domain": "health"}
    outcome = run(patients, policy, tmp_path / "out", context=context, workbench=workbench)
    assert outcome.decision.verdict == "release", outcome.decision.reasons
    finding = next(f for f in outcome.decision.findings if f.clause.measure == "dominance")
    assert 0 < finding.measured <= 0.8
    assert "plugin" in finding.note
    assert ",i21.0," in outcome.files["data"].read_text()
    files = outcome.files["manifest"], outcome.files["data"]
    assert pipeline.verify(*files, workbench)["ok"]
    without = verify(*files)
    assert not without.ok
    assert any("dominance" in check.detail for check in without.checks if not check.ok)


def test_every_hook_is_in_the_plugin_guide():
    guide = (ROOT / "docs/plugins.md").read_text()
    hooks = [name for name in vars(spec) if name.startswith("kiaim_")]
    assert len(hooks) == 8
    assert not [name for name in hooks if f"`{name}" not in guide]
