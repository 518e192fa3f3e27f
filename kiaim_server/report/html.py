"""The report as one HTML page that needs nothing else: no script, no font, no network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any

import jinja2

from kiaim_server.language import Formatter, phrase
from kiaim_server.model.prose import LANGUAGES
from kiaim_server.report import plots, words
from kiaim_server.report.telling import Teller


def render_html(report: Mapping[str, Any], language: str | None = None) -> str:
    """Render a report (the dict of `build_report`) for people; every value is escaped.

    What it says is in `language`, that of the report if None; texts that are not there in it are
    marked with their own.
    """
    language = language or str(report["language"])
    translate = Translations(report["explanation"], language)
    teller = Teller(report["explanation"], language)
    search = report["search"]
    return page(
        "report.html",
        language,
        translate,
        report=report,
        verdict=words.verdict(report, language),
        size_plot=plots.size_plot(report["class_sizes"], language),
        risk_plot=plots.risk_plot(report["risk"], language),
        estimators={e: phrase(f"estimator.{e}", language) for e in words.ESTIMATORS},
        estimated=_population(report["risk"]),
        rules={rule["id"]: rule for rule in report["rules"]},
        applied=[r for r in report["rules"] if r["status"] != "silent"],
        silent=[r for r in report["rules"] if r["status"] == "silent"],
        why=partial(_why, teller),
        ordered=partial(_ordered, teller),
        waived=partial(_waived, teller),
        warnings=_warnings(report, teller),
        local_label=None if search is None else local_label(search["local"], language),
    )


class Translations:
    """Finds the text in a language of what a report has in its main one."""

    def __init__(self, explanation: Mapping[str, Any], language: str) -> None:
        self.language = language
        self._known = {next(iter(texts.values())): texts for texts in _texts_in(explanation)}

    def __call__(self, text: str) -> str:
        """The text in the language; unchanged if it is none of the explanation."""
        known = self._known.get(text)
        return text if known is None else words.text(known, self.language)

    def name(self, text: str) -> str:
        """The same of a name, which needs no mark where it has no translation."""
        return self._known.get(text, {}).get(self.language, text)


def page(template: str, language: str, translate: Translations, **values: Any) -> str:
    """Render one of the room's templates in a language; every value is escaped."""
    values |= {
        "language": language,
        "t": partial(_phrase, language),
        "tr": translate,
        "named": translate.name,
        "number": partial(words.number, language=language),
        "percent": partial(words.percent, language=language),
        "shown": partial(_shown, language),
        "promise": partial(words.promise, language=language),
        "required": partial(words.required, language=language),
        "measured": partial(words.measured, language=language),
        "share": partial(words.share, language=language),
        "force": partial(words.force, language=language),
        "role": partial(words.role, language=language),
        "kind": partial(words.kind, language=language),
    }
    return _environment().get_template(template).render(**values).lstrip()


def local_label(local: Mapping[str, Any] | None, language: str) -> str | None:
    """What can be said of local recoding: what it loses, beside the full-domain optimum."""
    if local is None:
        return None
    cells = local["full_domain_cell_loss"]
    if local["full_domain_loss"] is None or cells is None:
        compared = phrase("local.none", language)
    else:
        key = "local.optimum" if local["full_domain_optimal"] else "local.best"
        compared = phrase(key, language, loss=cells)
    return phrase("local.label", language, loss=local["cell_loss"], compared=compared)


def _phrase(language: str, key: str, **values: Any) -> str:
    return phrase(key, language, **values)


def _texts_in(value: Any) -> Iterator[dict[str, str]]:
    """All texts by language within an explanation."""
    if isinstance(value, dict):
        if value and value.keys() <= set(LANGUAGES):
            yield value
        else:
            for inner in value.values():
                yield from _texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_in(inner)


def _why(teller: Teller, rule: str) -> list[str]:
    """Why a rule applies or does not, in sentences."""
    found = teller.rules.get(rule)
    if found is None or not found["lines"]:
        return []
    return teller.why(found) if found["status"] != "silent" else [teller.why_not(found)]


def _ordered(teller: Teller, planned: Mapping[str, Any]) -> str:
    order = {"transform": planned["name"], "parameters": planned["parameters"]}
    return teller.transform(order, "order.")


def _waived(teller: Teller, part: Mapping[str, Any], said: str) -> str:
    """A part of a rule: as policies write it, in English, and in words elsewhere."""
    return said if teller.language == LANGUAGES[0] else teller.part(part)


def _warnings(report: Mapping[str, Any], teller: Teller) -> Sequence[str]:
    """The warnings with the rules that they are from."""
    if teller.language == LANGUAGES[0]:
        return list(report["warnings"])
    return [teller.note(note) for note in report["explanation"]["notes"]]


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
    # Filters look up what a page was given, so that one environment serves every language.
    for name in ("named", "number", "percent", "shown", "tr"):
        environment.filters[name] = _filter(name)
    environment.filters["sources"] = _sources
    return environment


def _filter(name: str) -> Any:
    @jinja2.pass_context
    def apply(context: jinja2.runtime.Context, value: Any, *more: Any) -> Any:
        return context[name](value, *more)

    return apply


def _sources(ids: Sequence[str], rules: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Citations of the rules with these qualified ids, each once."""
    cited = [citation for id_ in ids if id_ in rules for citation in rules[id_]["citations"]]
    return list({citation["cite"]: citation for citation in cited}.values())


def _shown(language: str, value: Any) -> str:
    """A fact of the context or a parameter, in words."""
    if value is None:
        return phrase("shown.unknown", language)
    if isinstance(value, bool):
        return phrase("page.yes" if value else "page.no", language)
    if isinstance(value, Mapping):
        inner = [f"{key}: {_shown(language, one)}" for key, one in value.items()]
        return ", ".join(inner) or phrase("shown.none", language)
    if isinstance(value, (list, tuple)):
        told = [_shown(language, one) for one in value]
        return ", ".join(told) or phrase("shown.none", language)
    if isinstance(value, float):
        return Formatter(language).format("{0}", value)
    return str(value)
