"""Dates as they are written in Germany, under the health policies as they ship."""

import datetime

import pandas as pd
import pytest

from tests.acceptance.journey import CONTEXT, run

CONTEXTS = {
    "gdpr-health-controlled-access": CONTEXT | {"data.domain": "health"},
    "gdpr-health-public-release": CONTEXT
    | {
        "data.domain": "health",
        "data.rare_condition": False,
        "data.longitudinal": False,
        "attested": CONTEXT["attested"]
        | {"motivated-intruder-test": CONTEXT["attested"]["release-decision"]},
        "release.access": "public",
        "recipient.type": "world",
        "recipient.agreement": "none",
    },
}


@pytest.mark.parametrize("policy", CONTEXTS)
def test_german_dates_become_months_or_coarser(tmp_path, policy):
    first = datetime.date(1926, 7, 1)
    days = [first + datetime.timedelta(days=i % 28) for i in range(120)]
    data = tmp_path / "clinic.csv"
    pd.DataFrame(
        {
            "geburtsdatum": [f"{day:%d.%m.%Y}" for day in days],
            "geschlecht": ["m" if i % 2 else "w" for i in range(120)],
        }
    ).to_csv(data, index=False)
    outcome = run(data, policy, tmp_path / "out", context=CONTEXTS[policy])
    assert "data" in outcome.files, outcome.decision
    shown = set(pd.read_csv(outcome.files["data"], dtype=str)["geburtsdatum"])
    assert len(shown) == 1
    assert shown <= {"1926-07", "1926-Q3", "1926", "1920s", "*"}
    assert shown != {"*"}
