"""Demands and measured values in words that need no knowledge of the field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PHRASES: Final[Mapping[str, tuple[str, str]]] = {
    "required.at_least": ("at least {bound}", "mindestens {bound}"),
    "required.at_most": ("at most {bound}", "höchstens {bound}"),
    "required.below": ("below {bound}", "unter {bound}"),
    "required.both": ("{low} and {high}", "{low} und {high}"),
    "required.share": ("{percent} ({exact})", "{percent} ({exact})"),
    "measured.undefined": ("undefined", "nicht bestimmbar"),
    "unit.of.records": ("records", "Datensätze"),
    "unit.of.persons": ("persons", "Personen"),
    "unit.gen.records": ("records", "der Datensätze"),
    "unit.gen.persons": ("persons", "der Personen"),
    "attribute.one": ("\u201c{name}\u201d", "des Merkmals \u201e{name}\u201c"),
    "attribute.each": ("each sensitive attribute", "jedes sensiblen Merkmals"),
    "attribute.some": (
        "each sensitive attribute (where this holds of it: {condition})",
        "jedes sensiblen Merkmals (sofern für es gilt: {condition})",
    ),
    "promise.k-anonymity": (
        "Every record shares its quasi-identifiers with others: each class holds {bound} {unit}.",
        "Jeder Datensatz hat seine Quasi-Identifikatoren mit anderen gemeinsam: jede Klasse "
        "umfasst {bound} {unit}.",
    ),
    "promise.k-map": (
        "Each class of the file would hold {bound} {unit} if the whole population that was put in "
        "were released.",
        "Jede Klasse der Datei würde {bound} {unit} umfassen, wenn die gesamte eingegebene "
        "Grundgesamtheit freigegeben würde.",
    ),
    "promise.estimated-k-map": (
        "Each class of the file is estimated to hold {bound} {unit} in the population, of which "
        "the table is a sample of {fraction}.",
        "Jede Klasse der Datei umfasst nach einer Schätzung {bound} {unit} der Grundgesamtheit, "
        "von der die Tabelle eine Stichprobe von {fraction} ist.",
    ),
    "promise.delta-presence": (
        "Who knows a person of the population learns little about whether that person is in the "
        "file: in each class of the population the share that is in it is {bound}.",
        "Wer eine Person der Grundgesamtheit kennt, erfährt wenig darüber, ob sie in der Datei "
        "ist: in jeder Klasse der Grundgesamtheit beträgt der Anteil, der in der Datei ist, "
        "{bound}.",
    ),
    "promise.l-diversity.distinct": (
        "Each class holds {bound} different values of {attribute}.",
        "Jede Klasse enthält {bound} verschiedene Werte {attribute}.",
    ),
    "promise.l-diversity.entropy": (
        "In each class {attribute} is as varied as {bound} equally frequent values would be.",
        "In jeder Klasse sind die Werte {attribute} so vielfältig wie {bound} gleich häufige "
        "Werte.",
    ),
    "promise.l-diversity.grassberger": (
        "In each class {attribute} has {bound} different values and is estimated to come from a "
        "source as varied as {bound} equally frequent values (Grassberger).",
        "In jeder Klasse gibt es {bound} verschiedene Werte {attribute}, die nach einer Schätzung "
        "so vielfältig sind wie {bound} gleich häufige Werte (Grassberger).",
    ),
    "promise.l-diversity.recursive": (
        "In each class the most frequent value of {attribute} occurs less than {c} times as often "
        "as all values together that are not among the more frequent ones ({bound} values, "
        "recursive diversity).",
        "In jeder Klasse kommt der häufigste Wert {attribute} weniger als {c}-mal so oft vor wie "
        "alle Werte zusammen, die nicht zu den häufigeren gehören ({bound} Werte, rekursive "
        "Vielfalt).",
    ),
    "promise.t-closeness.equal": (
        "In each class {attribute} is distributed nearly as in the whole file: the distance is "
        "{bound} (0 is none, 1 the largest).",
        "In jeder Klasse sind die Werte {attribute} nahezu so verteilt wie in der ganzen Datei: "
        "der Abstand beträgt {bound} (0 ist keiner, 1 der größte).",
    ),
    "promise.t-closeness.ordered": (
        "In each class {attribute} is distributed nearly as in the whole file: the distance is "
        "{bound} (0 is none, 1 the largest, larger differences of value counting more).",
        "In jeder Klasse sind die Werte {attribute} nahezu so verteilt wie in der ganzen Datei: "
        "der Abstand beträgt {bound} (0 ist keiner, 1 der größte; größere Wertunterschiede zählen "
        "mehr).",
    ),
    "promise.t-closeness.hierarchical": (
        "In each class {attribute} is distributed nearly as in the whole file: the distance is "
        "{bound} (0 is none, 1 the largest, values of different groups of their hierarchy "
        "counting more).",
        "In jeder Klasse sind die Werte {attribute} nahezu so verteilt wie in der ganzen Datei: "
        "der Abstand beträgt {bound} (0 ist keiner, 1 der größte; Werte aus verschiedenen Gruppen "
        "ihrer Hierarchie zählen mehr).",
    ),
    "promise.delta-disclosure": (
        "In each class every value of {attribute} that occurs there is about as frequent as in "
        "the whole file: the base-2 logarithm of the factor between both is {bound} (1 is twice "
        "or half as frequent).",
        "In jeder Klasse ist jeder dort vorkommende Wert {attribute} etwa so häufig wie in der "
        "ganzen Datei: der Zweierlogarithmus des Faktors zwischen beiden liegt {bound} (1 heißt "
        "doppelt oder halb so häufig).",
    ),
    "promise.beta-likeness.basic": (
        "In no class a value of {attribute} is much more frequent than in the whole file: its "
        "share grows by {bound} of what it is there (1 is twice as much).",
        "In keiner Klasse ist ein Wert {attribute} viel häufiger als in der ganzen Datei: sein "
        "Anteil wächst um {bound} dessen, was er dort ist (1 heißt doppelt so viel).",
    ),
    "promise.beta-likeness.enhanced": (
        "In no class a value of {attribute} is much more frequent than in the whole file: its "
        "share grows by {bound} of what it is there (1 is twice as much), and less for values "
        "that are frequent in the file.",
        "In keiner Klasse ist ein Wert {attribute} viel häufiger als in der ganzen Datei: sein "
        "Anteil wächst um {bound} dessen, was er dort ist (1 heißt doppelt so viel), und um "
        "weniger bei Werten, die in der Datei häufig sind.",
    ),
    "promise.reidentification-risk.maximum": (
        "The highest probability of linking a record to its person is {bound}, for {attacker}.",
        "Die höchste Wahrscheinlichkeit, einen Datensatz seiner Person zuzuordnen, beträgt "
        "{bound}, für {attacker}.",
    ),
    "promise.reidentification-risk.average": (
        "The average probability of linking a record to its person is {bound}, for {attacker}.",
        "Die durchschnittliche Wahrscheinlichkeit, einen Datensatz seiner Person zuzuordnen, "
        "beträgt {bound}, für {attacker}.",
    ),
    "promise.sample-uniqueness": (
        "The share of {unit_of} that are unique in the file is {bound}.",
        "Der Anteil {unit_of}, die in der Datei einzigartig sind, beträgt {bound}.",
    ),
    "promise.population-uniqueness.upper-bound": (
        "The share of {unit_of} that are unique in the population is {bound}.",
        "Der Anteil {unit_of}, die in der Grundgesamtheit einzigartig sind, beträgt {bound}.",
    ),
    "promise.population-uniqueness.estimated": (
        "The share of {unit_of} that are unique in a population of {population:number} persons is "
        "estimated to be {bound} ({estimator}).",
        "Der Anteil {unit_of}, die in einer Grundgesamtheit von {population:number} Personen "
        "einzigartig sind, beträgt nach einer Schätzung {bound} ({estimator}).",
    ),
    "promise.suppressed-records": (
        "The share of records that were suppressed is {bound}.",
        "Der Anteil der unterdrückten Datensätze beträgt {bound}.",
    ),
    "promise.form-violations": (
        "The number of cells of {column} that show {finer} is {bound}.",
        "Die Zahl der Zellen {column}, die {finer} zeigen, beträgt {bound}.",
    ),
    "form.column.one": ("\u201c{name}\u201d", "der Spalte \u201e{name}\u201c"),
    "form.column.each": ("each column", "jeder Spalte"),
    "form.column.some": (
        "each column (where this holds of it: {condition})",
        "jeder Spalte (sofern für sie gilt: {condition})",
    ),
    "form.age": ("an age above {oldest}", "ein Alter über {oldest}"),
    "form.zip3": (
        "more than the first three digits of a ZIP code, or those of an area with "
        "{more_than:number} or fewer residents ({reference})",
        "mehr als die ersten drei Ziffern eines ZIP-Codes oder diejenigen eines Gebiets mit "
        "höchstens {more_than:number} Einwohnern ({reference})",
    ),
    "form.period": (
        "anything finer than a {period}",
        "eine feinere Zeitangabe als {period}",
    ),
    "promise.attestation": (
        "A person has stated {of!r}.",
        "Eine Person hat die Erklärung {of!r} abgegeben.",
    ),
    "promise.attestation.aged": (
        "A person has stated {of!r}, at most {days} days ago.",
        "Eine Person hat die Erklärung {of!r} abgegeben, vor höchstens {days} Tagen.",
    ),
    "promise.other": (
        "{measure}{inner} is {bound}.",
        "{measure}{inner} beträgt {bound}.",
    ),
    "promise.other.described": (
        "{measure}{inner} is {bound}: {describe}",
        "{measure}{inner} beträgt {bound}: {describe}",
    ),
    "verdict.held.one": (
        "The table may leave: the one promise that the policy asks for was measured on the file "
        "as it was written, and holds.",
        "Die Tabelle darf herausgegeben werden: Die eine Zusage, die die Richtlinie verlangt, "
        "wurde an der geschriebenen Datei gemessen und ist eingehalten.",
    ),
    "verdict.held.all": (
        "The table may leave: all {n} promises that the policy asks for were measured on the file "
        "as it was written, and hold.",
        "Die Tabelle darf herausgegeben werden: Alle {n} Zusagen, die die Richtlinie verlangt, "
        "wurden an der geschriebenen Datei gemessen und sind eingehalten.",
    ),
    "verdict.held.none": (
        "The table may leave: the policy asks for no measured promise; the columns of the file "
        "are as listed.",
        "Die Tabelle darf herausgegeben werden: Die Richtlinie verlangt keine gemessene Zusage; "
        "die Spalten der Datei sind die aufgeführten.",
    ),
    "verdict.review.one": (
        "Nothing was released: a person has to decide first; one reason stands open.",
        "Nichts wurde freigegeben: Zunächst muss eine Person entscheiden; ein Grund ist offen.",
    ),
    "verdict.review.several": (
        "Nothing was released: a person has to decide first; {n} reasons stand open.",
        "Nichts wurde freigegeben: Zunächst muss eine Person entscheiden; {n} Gründe sind offen.",
    ),
    "verdict.refuse.one": (
        "Nothing was released: one reason stands against it.",
        "Nichts wurde freigegeben: Ein Grund steht der Freigabe entgegen.",
    ),
    "verdict.refuse.several": (
        "Nothing was released: {n} reasons stand against it.",
        "Nichts wurde freigegeben: {n} Gründe stehen der Freigabe entgegen.",
    ),
    "measure.k-anonymity": ("k-anonymity", "k-Anonymität"),
    "measure.k-map": ("k-map", "k-Map"),
    "measure.estimated-k-map": ("estimated k-map", "geschätztes k-Map"),
    "measure.delta-presence": ("delta-presence", "Delta-Präsenz"),
    "measure.l-diversity": ("l-diversity", "l-Diversität"),
    "measure.t-closeness": ("t-closeness", "t-Nähe"),
    "measure.delta-disclosure": ("delta-disclosure privacy", "Delta-Offenlegung"),
    "measure.beta-likeness": ("beta-likeness", "Beta-Ähnlichkeit"),
    "measure.reidentification-risk": ("re-identification risk", "Re-Identifizierungsrisiko"),
    "measure.sample-uniqueness": ("uniqueness in the file", "Einzigartigkeit in der Datei"),
    "measure.population-uniqueness": (
        "uniqueness in the population",
        "Einzigartigkeit in der Grundgesamtheit",
    ),
    "measure.suppressed-records": ("suppressed records", "unterdrückte Datensätze"),
    "measure.form-violations": ("form of cells", "Form der Zellen"),
    "measure.attestation": ("a statement by a person", "Erklärung einer Person"),
}
