"""A plan as one HTML page that needs nothing else, with plots of other limits if there are any."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from kiaim_server.language import phrase
from kiaim_server.report import foreseen
from kiaim_server.report.explore import front_values
from kiaim_server.report.html import Translations, page


def render_plan(plan: Mapping[str, Any], language: str | None = None) -> str:
    """Render a plan (the dict of `build_plan`) for people; every value is escaped.

    It is in `language`, that of the plan if None.
    """
    language = language or str(plan["language"])
    explored = plan["explore"]
    verdict = phrase(f"terminal.verdict.planned.{plan['decision']['verdict']}", language)
    return page(
        "plan.html",
        language,
        Translations(plan["explanation"], language),
        plan=plan,
        verdict=verdict,
        policies=", ".join(f"{p['name']} {p['version']}" for p in plan["policies"]),
        done=partial(foreseen.treatment_told, language=language),
        origin=partial(foreseen.origin_told, language=language),
        reason=partial(foreseen.reason_of, language=language),
        proposal=partial(foreseen.proposal_told, language=language),
        doubt=partial(foreseen.doubt_told, language=language),
        gap=partial(foreseen.gap_told, language=language),
        looked_at=partial(foreseen.looked_at, language=language),
        lattice=foreseen.lattice_told(plan, language),
        **({"explore": None} if explored is None else front_values(explored, language)),
    )
