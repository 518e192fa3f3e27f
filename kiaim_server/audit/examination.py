"""Holds clauses against a recount."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from kiaim_server.audit import measures
from kiaim_server.audit.counting import Recount
from kiaim_server.audit.estimates import ESTIMATORS, estimated_uniques
from kiaim_server.audit.forms import UnknownForm, count_violations
from kiaim_server.audit.standing import STANDING, stands_for
from kiaim_server.language import say
from kiaim_server.model.bounds import TOLERANCE, parse_bound
from kiaim_server.model.classes import EquivalenceClasses, ValueCounts
from kiaim_server.model.decision import Clause, Finding
from kiaim_server.model.hierarchy import Hierarchy

#: How a third party's model measures: the clause says which parameters and which attribute; the
#: hierarchy over its values is given where the clause names a stated one.
PluginMeasure = Callable[[Clause, EquivalenceClasses, Hierarchy | None], float]

_POPULATION_NOTE: Final = say("audit.population")
_UPPER_BOUND: Final = "upper-bound"
_JOURNALIST_NOTE: Final = say("audit.journalist")
_EVIDENCE_NOTE: Final = (
    "Not recounted: {} cannot be seen in the file. Give the evidence that was made with it."
)
_OUTGAINED_NOTE: Final = say("audit.outgained")
_STRICT_NOTE: Final = say("audit.strict")
_NO_POPULATION_NOTE: Final = say("audit.no_population")
#: The largest probability of error that is still a test.
_LIKELY: Final = Fraction(1, 2)
_UNDEFINED_NOTE: Final = say("audit.undefined")


@dataclass(frozen=True)
class Measured:
    """A measured quantity: exact, or a float64 that is good to `TOLERANCE`; None if undefined.

    `strict`: it has to be below the bound, and is compared without tolerance.
    """

    value: Fraction | float | None
    note: str = ""
    strict: bool = False
    counted: bool = True


class _Unknown(Exception):  # noqa: N818 - caught at once; leads to a plugin or to an unmet clause
    """The audit has no measure of its own for a clause."""


def examine(
    recounted: Recount,
    clauses: Sequence[Clause],
    *,
    input_records: int,
    suppressed: int,
    plugin_models: Mapping[str, PluginMeasure] | None = None,
) -> tuple[Finding, ...]:
    """Measure every clause on a recount.

    Parameters
    ----------
    input_records, suppressed
        As claimed (with a subset, of its records): no file shows the share of suppressed ones.
    plugin_models
        Measures of third parties' models by name, for what the audit does not know itself.

    Returns
    -------
    One finding per clause, in order. What cannot be measured is not met.
    """
    plugins = plugin_models or {}
    return tuple(
        _finding(clause, _measure(recounted, clause, input_records, suppressed, plugins))
        for clause in clauses
    )


def _finding(clause: Clause, measured: Measured) -> Finding:
    value = measured.value
    if value is None:
        return Finding(clause, None, met=False, note=measured.note, counted=measured.counted)
    slack = TOLERANCE if isinstance(value, float) and not measured.strict else 0
    met = clause.at_least is not None or clause.at_most is not None
    if clause.at_least is not None:
        met = met and value + slack >= parse_bound(clause.at_least)
    if clause.at_most is not None:
        bound = parse_bound(clause.at_most)
        met = met and (value < bound if measured.strict else value - slack <= bound)
    return Finding(clause, float(value), met=met, note=measured.note)


def _measure(
    recounted: Recount,
    clause: Clause,
    input_records: int,
    suppressed: int,
    plugins: Mapping[str, PluginMeasure],
) -> Measured:
    if clause.attribute is not None and clause.attribute not in recounted.sensitive:
        return Measured(None, "The attribute was not counted.")
    try:
        if clause.measure == "suppressed-records":
            _expect(clause, set())
            if not input_records:
                return Measured(None, "Undefined: no record was put in.")
            return Measured(Fraction(suppressed, input_records))
        if clause.measure == "form-violations":
            return _form_violations(recounted, clause)
        if recounted.lacking.persons:
            return _uncounted("whose records these are")
        if clause.measure == "delta-presence":
            return _delta_presence(recounted, clause)
        measure = _own_measure(clause)
    except _Unknown:
        if recounted.lacking.population:
            return _uncounted("the population")
        return _ask_plugin(recounted, clause, plugins)
    return measure(recounted) if len(recounted.sizes) else Measured(None, _UNDEFINED_NOTE)


def _form_violations(recounted: Recount, clause: Clause) -> Measured:
    """Cells of the column without the form; where persons are counted, persons who show each."""
    if clause.attribute is None:
        raise _Unknown
    texts = recounted.texts[clause.attribute]
    shown = recounted.sensitive[clause.attribute].reference.tolist()
    try:
        return Measured(Fraction(count_violations(texts, shown, clause.parameters)))
    except UnknownForm as error:
        return Measured(None, f"Not counted: {error}.")


def _uncounted(what: str) -> Measured:
    return Measured(None, _EVIDENCE_NOTE.format(what), counted=False)


def _own_measure(clause: Clause) -> Callable[[Recount], Measured]:
    makers = {
        "k-anonymity": _k_anonymity,
        "k-map": _k_map,
        "estimated-k-map": _estimated_k_map,
        "l-diversity": _l_diversity,
        "t-closeness": _t_closeness,
        "delta-disclosure": _delta_disclosure,
        "beta-likeness": _beta_likeness,
        "reidentification-risk": _reidentification_risk,
        "sample-uniqueness": _sample_uniqueness,
        "population-uniqueness": _population_uniqueness,
    }
    if clause.measure not in makers:
        raise _Unknown
    return makers[clause.measure](clause)


def _k_anonymity(clause: Clause) -> Callable[[Recount], Measured]:
    _expect(clause, set())
    return lambda r: Measured(Fraction(measures.smallest(r.sizes)))


def _k_map(clause: Clause) -> Callable[[Recount], Measured]:
    _expect(clause, set())

    def measure(recounted: Recount) -> Measured:
        if recounted.lacking.population:
            return _uncounted("the population")
        if recounted.population is None:
            return Measured(None, _NO_POPULATION_NOTE)
        return Measured(Fraction(measures.smallest(recounted.population)))

    return measure


def _estimated_k_map(clause: Clause) -> Callable[[Recount], Measured]:
    _expect(clause, {"sampling_fraction", "significance"}, {"estimator"})
    estimator = clause.parameters.get("estimator", "poisson")
    try:
        fraction = parse_bound(clause.parameters["sampling_fraction"])
        significance = parse_bound(clause.parameters["significance"])
    except ValueError:
        raise _Unknown from None
    if estimator not in STANDING or not 0 < fraction <= 1 or not 0 < significance <= _LIKELY:
        raise _Unknown
    note = say("audit.estimated", fraction=clause.parameters["sampling_fraction"])

    def measure(recounted: Recount) -> Measured:
        smallest = measures.smallest(recounted.sizes)
        return Measured(Fraction(stands_for(estimator, smallest, fraction, significance)), note)

    return measure


def _delta_presence(recounted: Recount, clause: Clause) -> Measured:
    """The largest presence of a class, or the smallest where that is what breaks the clause."""
    _expect(clause, set())
    if recounted.lacking.population:
        return _uncounted("the population")
    if recounted.population is None:
        return Measured(None, _NO_POPULATION_NOTE)
    if not len(recounted.sizes):
        return Measured(None, _UNDEFINED_NOTE)
    low, high = measures.presence(recounted.sizes, recounted.population)
    if recounted.absent:
        low = Fraction(0)
    if clause.at_most is None or (
        clause.at_least is not None and low < parse_bound(clause.at_least)
    ):
        return Measured(low, f"The smallest presence of a class; the largest is {high}.")
    return Measured(high, f"The largest presence of a class; the smallest is {low}.")


def _l_diversity(clause: Clause) -> Callable[[Recount], Measured]:
    values = _values_of(clause)
    variant = clause.parameters.get("variant")
    if variant == "recursive":
        _expect(clause, {"variant", "c"})
        try:
            c = parse_bound(clause.parameters["c"])
        except ValueError:
            raise _Unknown from None
        return lambda r: Measured(Fraction(measures.recursive(values(r), c)))
    _expect(clause, {"variant"})
    if variant == "distinct":
        return lambda r: Measured(Fraction(measures.distinct(values(r))))
    if variant == "entropy":
        return lambda r: Measured(measures.entropy(values(r)))
    if variant == "grassberger":
        return lambda r: Measured(measures.grassberger(values(r)))
    raise _Unknown


def _t_closeness(clause: Clause) -> Callable[[Recount], Measured]:
    values = _values_of(clause)
    variant = clause.parameters.get("variant")
    if variant == "ordered":
        _expect(clause, {"variant"}, {"order"})
        return lambda r: _ordered(r, str(clause.attribute), clause.parameters.get("order"))
    if variant == "hierarchical":
        _expect(clause, {"variant", "hierarchy"})
        key = (str(clause.attribute), str(clause.parameters["hierarchy"]))
        return lambda r: _hierarchical(r, key)
    _expect(clause, {"variant"})
    if variant == "equal":
        return lambda r: Measured(measures.equal_distance(values(r)))
    raise _Unknown


def _ordered(recounted: Recount, attribute: str, order: Any) -> Measured:
    if attribute in recounted.unordered:
        return Measured(None, f"The stated order does not fit: {recounted.unordered[attribute]}.")
    if attribute not in recounted.orders:
        return Measured(None, "No order is stated for the attribute.")
    stated = order if order is None or isinstance(order, str) else tuple(order)
    if stated not in (None, recounted.orders[attribute]):
        return Measured(None, "The clause states another order than the release.")
    return Measured(measures.ordered_distance(recounted.sensitive[attribute]))


def _hierarchical(recounted: Recount, key: tuple[str, str]) -> Measured:
    if key in recounted.unplaced:
        return Measured(None, f"The stated hierarchy does not fit: {recounted.unplaced[key]}.")
    if key not in recounted.trees:
        return Measured(None, "No hierarchy of this name is stated for the attribute.")
    values = recounted.sensitive[key[0]]
    return Measured(measures.hierarchical_distance(values, recounted.trees[key]))


def _delta_disclosure(clause: Clause) -> Callable[[Recount], Measured]:
    values = _values_of(clause)
    _expect(clause, set())
    return lambda r: Measured(measures.largest_log_ratio(values(r)), _STRICT_NOTE, strict=True)


def _beta_likeness(clause: Clause) -> Callable[[Recount], Measured]:
    values = _values_of(clause)
    _expect(clause, {"variant"})
    variant = clause.parameters["variant"]
    if variant == "basic":
        return lambda r: Measured(measures.largest_gain(values(r)))
    if variant == "enhanced":
        return lambda r: (
            Measured(measures.largest_gain(values(r)))
            if measures.gains_within_information(values(r))
            else Measured(None, _OUTGAINED_NOTE)
        )
    raise _Unknown


def _reidentification_risk(clause: Clause) -> Callable[[Recount], Measured]:
    _expect(clause, {"attacker", "measure"})
    attacker, statistic = clause.parameters["attacker"], clause.parameters["measure"]
    note = _JOURNALIST_NOTE if attacker == "journalist" else ""
    if statistic == "average" and attacker in ("prosecutor", "journalist", "marketer"):
        return lambda r: Measured(measures.average_risk(r.sizes), note)
    if statistic == "maximum" and attacker in ("prosecutor", "journalist"):
        return lambda r: Measured(measures.highest_risk(r.sizes), note)
    raise _Unknown


def _sample_uniqueness(clause: Clause) -> Callable[[Recount], Measured]:
    _expect(clause, set())
    return lambda r: Measured(measures.uniques(r.sizes))


def _population_uniqueness(clause: Clause) -> Callable[[Recount], Measured]:
    estimator = clause.parameters.get("estimator", _UPPER_BOUND)
    if estimator == _UPPER_BOUND:
        _expect(clause, set(), {"estimator"})
        return lambda r: Measured(measures.uniques(r.sizes), _POPULATION_NOTE)
    _expect(clause, {"estimator", "population"})
    population = clause.parameters["population"]
    if estimator not in ESTIMATORS or not isinstance(population, int) or population < 1:
        raise _Unknown
    return lambda r: _estimated(r, estimator, population)


def _estimated(recounted: Recount, estimator: str, population: int) -> Measured:
    value, reason = estimated_uniques(estimator, recounted.sizes, population)
    if value is None:
        return Measured(None, f"No estimate: {reason}; so the clause does not hold.")
    return Measured(value, f"Estimated for a population of {population} persons.")


def _values_of(clause: Clause) -> Callable[[Recount], ValueCounts]:
    attribute = clause.attribute
    if attribute is None:
        raise _Unknown
    return lambda r: r.sensitive[attribute]


def _expect(clause: Clause, needed: set[str], allowed: Set[str] = frozenset()) -> None:
    """A parameter that the audit does not know could change the meaning: it measures nothing."""
    given = set(clause.parameters)
    if not needed <= given or not given <= needed | allowed:
        raise _Unknown


def _ask_plugin(
    recounted: Recount, clause: Clause, plugins: Mapping[str, PluginMeasure]
) -> Measured:
    plugin = plugins.get(clause.measure)
    if plugin is None:
        return Measured(None, f"The audit needs the plugin that offers {clause.measure!r}.")
    key = (str(clause.attribute), str(clause.parameters.get("hierarchy")))
    if key in recounted.unplaced:
        return Measured(None, f"The stated hierarchy does not fit: {recounted.unplaced[key]}.")
    shown = copy.deepcopy(recounted.classes)  # other clauses are measured on the same counts
    try:
        value: Any = float(plugin(clause, shown, _tree(recounted, key)))
    except Exception as error:  # noqa: BLE001 - a plugin may fail in any way; the clause is not met
        return Measured(None, f"The plugin failed with {type(error).__name__}.")
    if not math.isfinite(value):
        return Measured(None, "Undefined: the plugin measured no finite number.")
    return Measured(value, "Measured by the plugin that offers the model, not by the audit itself.")


def _tree(recounted: Recount, key: tuple[str, str]) -> Hierarchy | None:
    """A stated hierarchy as plugins see one, the groups called by their numbers."""
    if key not in recounted.trees:
        return None
    groups = recounted.trees[key]
    columns = [[str(group) for group in level] for level in groups.tolist()]
    return Hierarchy.from_columns(key[0], columns)
