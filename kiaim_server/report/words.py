"""Numbers and clauses in words that need no knowledge of the field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from kiaim_server.model.bounds import parse_bound

#: What a source is worth, in the words of the report.
FORCE: Final[Mapping[str, str]] = {
    "law": "law",
    "case-law": "court decision",
    "guidance": "guidance of an authority, not law",
    "standard": "standard, not law",
    "contract": "contract term",
    "convention": "convention, without legal force",
}

ROLE: Final[Mapping[str, str]] = {
    "direct": "direct identifier",
    "quasi": "quasi-identifier",
    "sensitive": "sensitive attribute",
    "insensitive": "insensitive attribute",
}

ATTACKER: Final[Mapping[str, str]] = {
    "prosecutor": "somebody who knows that the person is in the data (prosecutor)",
    "journalist": "somebody who does not know who is in the data (journalist)",
    "marketer": "somebody who tries to link as many records as possible (marketer)",
}


ESTIMATOR: Final[Mapping[str, str]] = {
    "zayatz": "Zayatz\u2019 estimator",
    "pitman": "Pitman\u2019s model",
    "snb": "slide negative binomial model",
    "dankar": "decision rule of Dankar et al.",
}


def promise(finding: Mapping[str, Any]) -> str:
    """Say what a clause means in one sentence; the clause itself where it is not known here."""
    tell = _PROMISES.get(finding["measure"])
    told = tell(finding["parameters"], finding) if tell is not None else None
    return told or f"{finding['label']}."


def required(finding: Mapping[str, Any]) -> str:
    """The bound of a clause: ``at least 5``, ``at most 9.09 % (1/11)``."""
    bounds = []
    upper = "below" if finding["measure"] in _STRICT else "at most"
    for word, key in (("at least", "at_least"), (upper, "at_most")):
        if finding[key] is not None:
            bounds.append(f"{word} {_bound(finding['measure'], finding[key])}")
    return " and ".join(bounds)


def measured(finding: Mapping[str, Any]) -> str:
    """The measured value in the unit of its bound."""
    value = finding["measured"]
    if value is None:
        return "undefined"
    if finding["measure"] in _SHARES:
        return percent(value)
    return number(value)


def number(value: float | None, digits: int = 4) -> str:
    """A number with few digits and with separators; a dash where there is none."""
    if value is None:
        return "\u2013"
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.{digits}g}" if abs(value) < 10_000 else f"{value:,.0f}"


def percent(value: float | None) -> str:
    """A share in percent; what is not zero never reads as zero, nor what is not all as all."""
    if value is None:
        return "\u2013"
    if 0 < value < 0.0001:
        return "below 0.01\u00a0%"
    if 0.9999 < value < 1:
        return "above 99.99\u00a0%"
    digits = f"{100 * value:.2f}".rstrip("0").rstrip(".")
    return f"{digits}\u00a0%"


def verdict(report: Mapping[str, Any]) -> tuple[str, str]:
    """The verdict as one word and one sentence."""
    decision = report["decision"]
    n_clauses = len(report["findings"])
    n_reasons = len(decision["reasons"])
    if decision["verdict"] == "release":
        clauses = "the one promise" if n_clauses == 1 else f"all {n_clauses} promises"
        held = (
            f"{clauses} that the policy asks for {'was' if n_clauses == 1 else 'were'} measured "
            f"on the file as it was written, and {'holds' if n_clauses == 1 else 'hold'}"
            if n_clauses
            else "the policy asks for no measured promise; the columns of the file are as listed"
        )
        return "Released", f"The table may leave: {held}."
    reasons = "one reason stands" if n_reasons == 1 else f"{n_reasons} reasons stand"
    if decision["verdict"] == "review":
        return (
            "Review needed",
            f"Nothing was released: a person has to decide first; {reasons} open.",
        )
    return "Refused", f"Nothing was released: {reasons} against it."


def share(bound: str) -> str:
    """A bound on a share in percent; a fraction shows what it is exactly."""
    in_percent = percent(float(parse_bound(bound)))
    return f"{in_percent} ({bound})" if "/" in bound else in_percent


def _bound(measure: str, bound: str) -> str:
    return share(bound) if measure in _SHARES else bound


def _k(parameters: Mapping[str, Any], finding: Mapping[str, Any]) -> str | None:
    return (
        f"Every record shares its quasi-identifiers with others: each class holds "
        f"{required(finding)} {_unit(finding)}."
    )


def _k_map(parameters: Mapping[str, Any], finding: Mapping[str, Any]) -> str | None:
    return (
        f"Each class of the file would hold {required(finding)} {_unit(finding)} if the whole "
        "population that was put in were released."
    )


def _estimated_k_map(parameters: Mapping[str, Any], finding: Mapping[str, Any]) -> str | None:
    return (
        f"Each class of the file is estimated to hold {required(finding)} {_unit(finding)} in the "
        f"population, of which the table is a sample of {parameters.get('sampling_fraction')}."
    )


def _presence(parameters: Mapping[str, Any], finding: Mapping[str, Any]) -> str | None:
    return (
        "Who knows a person of the population learns little about whether that person is in the "
        f"file: in each class of the population the share that is in it is {required(finding)}."
    )


def _unit(finding: Mapping[str, Any]) -> str:
    """What is counted: ``records`` or ``persons``."""
    return str(finding.get("unit", "records"))


def _l(parameters: Mapping[str, Any], finding: Mapping[str, Any]) -> str | None:
    attribute, bound = finding["attribute"], required(finding)
    variant = parameters.get("variant")
    if variant == "distinct":
        return f"Each class holds {bound} different values of \u201c{attribute}\u201d."
    if variant == "entropy":
        return (
            f"In each class \u201c{attribute}\u201d is as varied as {bound} equally frequent "
            "values would be."
        )
    if variant == "grassberger":
        return (
            f"In each class \u201c{attribute}\u201d has {bound} different values and is estimated "
            f"to come from a source as varied as {bound} equally frequent values (Grassberger)."
        )
    if variant == "recursive":
        return (
            f"In each class the most frequent value of \u201c{attribute}\u201d occurs less than "
            f"{parameters.get('c')} times as often as all values together that are not among the "
            f"more frequent ones ({bound} values, recursive diversity)."
        )
    return None


def _t(parameters: Mapping[str, Any], finding: Mapping[str, Any]) -> str | None:
    distance = {
        "equal": "",
        "ordered": ", larger differences of value counting more",
        "hierarchical": ", values of different groups of their hierarchy counting more",
    }
    variant = parameters.get("variant")
    if variant not in distance:
        return None
    return (
        f"In each class \u201c{finding['attribute']}\u201d is distributed nearly as in the whole "
        f"file: the distance is {required(finding)} (0 is none, 1 the largest"
        f"{distance[variant]})."
    )


def _delta(parameters: Mapping[str, Any], finding: Mapping[str, Any]) -> str | None:
    return (
        f"In each class every value of \u201c{finding['attribute']}\u201d that occurs there is "
        f"about as frequent as in the whole file: the base-2 logarithm of the factor between both "
        f"is {required(finding)} (1 is twice or half as frequent)."
    )


def _beta(parameters: Mapping[str, Any], finding: Mapping[str, Any]) -> str | None:
    more = {"basic": "", "enhanced": ", and less for values that are frequent in the file"}
    variant = parameters.get("variant")
    if variant not in more:
        return None
    return (
        f"In no class a value of \u201c{finding['attribute']}\u201d is much more frequent than in "
        f"the whole file: its share grows by {required(finding)} of what it is there (1 is twice "
        f"as much){more[variant]}."
    )


def _risk(parameters: Mapping[str, Any], finding: Mapping[str, Any]) -> str | None:
    attacker = ATTACKER.get(parameters.get("attacker", ""))
    if attacker is None:
        return None
    which = "The highest" if parameters.get("measure") == "maximum" else "The average"
    return (
        f"{which} probability of linking a record to its person is {required(finding)}, for "
        f"{attacker}."
    )


def _unique(parameters: Mapping[str, Any], finding: Mapping[str, Any]) -> str | None:
    return f"The share of {_unit(finding)} that are unique in the file is {required(finding)}."


def _population(parameters: Mapping[str, Any], finding: Mapping[str, Any]) -> str | None:
    estimator = parameters.get("estimator", "upper-bound")
    unit = _unit(finding)
    if estimator == "upper-bound":
        return f"The share of {unit} that are unique in the population is {required(finding)}."
    if estimator not in ESTIMATOR:
        return None
    return (
        f"The share of {unit} that are unique in a population of "
        f"{number(parameters.get('population'))} persons is estimated to be {required(finding)} "
        f"({ESTIMATOR[estimator]})."
    )


def _suppressed(parameters: Mapping[str, Any], finding: Mapping[str, Any]) -> str | None:
    return f"The share of records that were suppressed is {required(finding)}."


def _forms(parameters: Mapping[str, Any], finding: Mapping[str, Any]) -> str | None:
    form, column = parameters.get("form"), finding["attribute"]
    if form == "age":
        finer = f"an age above {parameters.get('oldest')}"
    elif form == "zip3":
        finer = (
            "more than the first three digits of a ZIP code, or those of an area with "
            f"{number(parameters.get('more_than'))} or fewer residents "
            f"({parameters.get('reference')})"
        )
    else:
        finer = f"anything finer than a {form}"
    return f"The number of cells of \u201c{column}\u201d that show {finer} is {required(finding)}."


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

_PROMISES: Final[Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], str | None]]] = {
    "k-anonymity": _k,
    "k-map": _k_map,
    "estimated-k-map": _estimated_k_map,
    "delta-presence": _presence,
    "l-diversity": _l,
    "t-closeness": _t,
    "delta-disclosure": _delta,
    "beta-likeness": _beta,
    "reidentification-risk": _risk,
    "sample-uniqueness": _unique,
    "population-uniqueness": _population,
    "suppressed-records": _suppressed,
    "form-violations": _forms,
}
