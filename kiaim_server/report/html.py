"""The report as one HTML page that needs nothing else: no script, no font, no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import jinja2

from kiaim_server.language import phrase
from kiaim_server.report import plots, words


def render_html(report: Mapping[str, Any]) -> str:
    """Render a report (the dict of `build_report`) for people; every value is escaped."""
    return page(
        "report.html",
        report=report,
        verdict=words.verdict(report),
        size_plot=plots.size_plot(report["class_sizes"]),
        risk_plot=plots.risk_plot(report["risk"]),
        estimators={e: phrase(f"estimator.{e}", "en") for e in words.ESTIMATORS},
        estimated=_population(report["risk"]),
        rules={rule["id"]: rule for rule in report["rules"]},
        applied=[r for r in report["rules"] if r["status"] != "silent"],
        silent=[r for r in report["rules"] if r["status"] == "silent"],
    )


def page(template: str, **values: Any) -> str:
    """Render one of the room's templates; every value is escaped."""
    return _environment().get_template(template).render(**values).lstrip()


def _population(risk: Mapping[str, Any]) -> int | None:
    """Persons of the population that uniqueness was estimated for, if it was."""
    for when in ("before", "after"):
        found = risk[when] and risk[when]["population_uniqueness"]
        if found:
            return int(found["population"])
    return None


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("kiaim_server.report", ""),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": words.number,
        "percent": words.percent,
        "promise": words.promise,
        "required": words.required,
        "measured": words.measured,
        "role": words.role,
        "force": words.force,
        "share": words.share,
        "sources": _sources,
        "shown": _shown,
    }
    return environment


def _sources(ids: Sequence[str], rules: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Citations of the rules with these qualified ids, each once."""
    cited = [citation for id_ in ids if id_ in rules for citation in rules[id_]["citations"]]
    return list({citation["cite"]: citation for citation in cited}.values())


def _shown(value: Any) -> str:
    """A fact of the context or a parameter, in words."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_shown(inner)}" for key, inner in value.items()) or "none"
    if isinstance(value, (list, tuple)):
        return ", ".join(_shown(inner) for inner in value) or "none"
    return str(value)
