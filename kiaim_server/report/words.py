"""Numbers and clauses in words that need no knowledge of the field, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from kiaim_server.language import Formatter, has_phrase, numbers, phrase
from kiaim_server.language.conditions import clause
from kiaim_server.model.bounds import parse_bound
from kiaim_server.model.explanation import Text

#: Estimators of uniqueness that reports show.
ESTIMATORS: Final = ("zayatz", "pitman", "snb", "dankar")

number = numbers.number
percent = numbers.percent


def force(kind: str, language: str = "en") -> str:
    """What a source is worth: a convention never passes for law."""
    return phrase(f"source.{kind}", language) if has_phrase(f"source.{kind}") else kind


def role(name: str, language: str = "en") -> str:
    """A role of a column."""
    return phrase(f"role.{name}", language) if has_phrase(f"role.{name}") else name


def kind(name: str, language: str = "en") -> str:
    """What a column speaks of."""
    return phrase(f"kind.{name}", language) if has_phrase(f"kind.{name}") else name


def measure_name(measure: str, language: str = "en") -> str:
    """A privacy model or measure by its name in the language."""
    key = f"measure.{measure}"
    return phrase(key, language) if has_phrase(key) else measure


def text(texts: Text, language: str) -> str:
    """A text in the language; in the one that there is, with its name, where it is not there."""
    if language in texts or not texts:
        return texts.get(language, "")
    own, words = next(iter(texts.items()))
    return f"{words} [{phrase(f'language.in.{own}', language)}]"


def promise(finding: Mapping[str, Any], language: str = "en") -> str:
    """Say what a clause means in one sentence; its parts where the measure is not known here.

    Beside the keys of a finding, ``each`` says that it is about every sensitive attribute, of
    which ``columns`` chooses some.
    """
    told = _promise(finding, language)
    return told or _other(finding, language)


def required(finding: Mapping[str, Any], language: str = "en") -> str:
    """The bound of a clause: ``at least 5``, ``at most 9.09 % (1/11)``."""
    upper = "required.below" if finding["measure"] in _STRICT else "required.at_most"
    bounds = [
        phrase(key, language, bound=_bound(finding["measure"], finding[name], language))
        for key, name in (("required.at_least", "at_least"), (upper, "at_most"))
        if finding[name] is not None
    ]
    if len(bounds) == 2:
        return phrase("required.both", language, low=bounds[0], high=bounds[1])
    return "".join(bounds)


def measured(finding: Mapping[str, Any], language: str = "en") -> str:
    """The measured value in the unit of its bound."""
    value = finding["measured"]
    if value is None:
        return phrase("measured.undefined", language)
    if finding["measure"] in _SHARES:
        return percent(value, language)
    return number(value, language)


def verdict(report: Mapping[str, Any], language: str = "en") -> tuple[str, str]:
    """The verdict as one word and one sentence."""
    decision = report["decision"]
    n_reasons = len(decision["reasons"])
    word = phrase(f"verdict.{decision['verdict']}", language)
    if decision["verdict"] == "release":
        n = len(report["findings"])
        which = "none" if n == 0 else "one" if n == 1 else "all"
        return word, phrase(f"verdict.held.{which}", language, n=n)
    which = "one" if n_reasons == 1 else "several"
    return word, phrase(f"verdict.{decision['verdict']}.{which}", language, n=n_reasons)


def share(bound: str, language: str = "en") -> str:
    """A bound on a share in percent; a fraction shows what it is exactly."""
    in_percent = percent(float(parse_bound(bound)), language)
    if "/" not in bound:
        return in_percent
    return phrase("required.share", language, percent=in_percent, exact=bound)


def _bound(measure: str, bound: str, language: str) -> str:
    if measure in _SHARES:
        return share(bound, language)
    return Formatter(language).bound(bound)


def _promise(finding: Mapping[str, Any], language: str) -> str | None:
    """The sentence for a measure that the catalogue knows."""
    measure, parameters = finding["measure"], finding["parameters"]
    if measure in _OWN:
        return _OWN[measure](finding, language)
    key = f"promise.{measure}"
    values: dict[str, Any] = {}
    if measure in _BY_VARIANT:
        key = f"{key}.{parameters.get(_BY_VARIANT[measure])}"
    if measure == "population-uniqueness":
        estimator = parameters.get("estimator", "upper-bound")
        key = f"{key}.{'upper-bound' if estimator == 'upper-bound' else 'estimated'}"
        if estimator != "upper-bound":
            if not has_phrase(f"estimator.{estimator}"):
                return None
            values["estimator"] = phrase(f"estimator.{estimator}", language)
            values["population"] = float(parse_bound(parameters.get("population", 0)))
    if measure == "reidentification-risk":
        attacker = f"attacker.{parameters.get('attacker')}"
        if not has_phrase(attacker):
            return None
        values["attacker"] = phrase(attacker, language)
    if not has_phrase(key):
        return None
    unit = finding.get("unit", "records")
    return phrase(
        key,
        language,
        bound=required(finding, language),
        unit=phrase(f"unit.of.{unit}", language),
        unit_of=phrase(f"unit.gen.{unit}", language),
        attribute=_attribute(finding, language),
        fraction=_fraction(parameters.get("sampling_fraction"), language),
        c=_exact(parameters.get("c"), language),
        **values,
    )


def _statement(finding: Mapping[str, Any], language: str) -> str:
    parameters = finding["parameters"]
    days = parameters.get("max_age_days")
    if days is None:
        return phrase("promise.attestation", language, of=parameters["of"])
    return phrase("promise.attestation.aged", language, of=parameters["of"], days=days)


def _forms(finding: Mapping[str, Any], language: str) -> str:
    """Cells that show more than a form allows."""
    parameters = finding["parameters"]
    form = str(parameters.get("form"))
    if form == "age":
        finer = phrase("form.age", language, oldest=parameters.get("oldest"))
    elif form == "zip3":
        more_than = float(parse_bound(parameters.get("more_than", 0)))
        finer = phrase(
            "form.zip3", language, more_than=more_than, reference=parameters.get("reference")
        )
    else:
        period = phrase(f"period.{form}", language) if has_phrase(f"period.{form}") else form
        finer = phrase("form.period", language, period=period)
    return phrase(
        "promise.form-violations",
        language,
        column=_attribute(finding, language, "form.column."),
        finer=finer,
        bound=required(finding, language),
    )


def _other(finding: Mapping[str, Any], language: str) -> str:
    """A third party's measure, with its parameters and what it says of itself."""
    if finding.get("label") is not None:
        return f"{finding['label']}."
    inner = [f"{k}={v}" for k, v in finding["parameters"].items() if k != "sha256"]
    inner += [_attribute(finding, language)] if finding.get("attribute") else []
    describe = text(finding.get("describe") or {}, language)
    return phrase(
        "promise.other.described" if describe else "promise.other",
        language,
        measure=finding["measure"],
        inner=f" ({', '.join(inner)})" if inner else "",
        bound=required(finding, language),
        describe=describe,
    )


def _attribute(finding: Mapping[str, Any], language: str, of: str = "attribute.") -> str:
    """What a measure is about: one column, or each that a condition chooses."""
    if finding.get("attribute") is not None:
        return phrase(f"{of}one", language, name=finding["attribute"])
    if finding.get("columns"):
        condition = clause(finding["columns"], language)
        return phrase(f"{of}some", language, condition=condition)
    return phrase(f"{of}each", language)


def _fraction(value: Any, language: str) -> str:
    try:
        return share(str(value), language)
    except ValueError:
        return str(value)


def _exact(value: Any, language: str) -> str:
    try:
        return Formatter(language).exact(value)
    except ValueError:
        return str(value)


#: Measures with sentences of their own form.
_OWN: Final[Mapping[str, Callable[[Mapping[str, Any], str], str]]] = {
    "attestation": _statement,
    "form-violations": _forms,
}

#: Measures that have a sentence for each value of a parameter.
_BY_VARIANT: Final[Mapping[str, str]] = {
    "l-diversity": "variant",
    "t-closeness": "variant",
    "beta-likeness": "variant",
    "reidentification-risk": "measure",
}

_SHARES: Final = frozenset(
    {
        "reidentification-risk",
        "sample-uniqueness",
        "population-uniqueness",
        "suppressed-records",
        "delta-presence",
    }
)

#: Measures whose bound itself is not kept.
_STRICT: Final = frozenset({"delta-disclosure"})
