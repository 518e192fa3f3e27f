"""Words of what is told on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PHRASES: Final[Mapping[str, tuple[str, str]]] = {
    "terminal.verdict.release": (
        "RELEASED",
        "FREIGEGEBEN",
    ),
    "terminal.verdict.review": (
        "NOT RELEASED: a person has to decide",
        "NICHT FREIGEGEBEN: eine Person muss entscheiden",
    ),
    "terminal.verdict.refuse": (
        "REFUSED",
        "ABGELEHNT",
    ),
    "terminal.verdict.planned.release": (
        "WOULD BE RELEASED",
        "WÜRDE FREIGEGEBEN",
    ),
    "terminal.verdict.planned.review": (
        "WOULD NOT BE RELEASED: a person has to decide",
        "WÜRDE NICHT FREIGEGEBEN: eine Person muss entscheiden",
    ),
    "terminal.verdict.planned.refuse": (
        "WOULD BE REFUSED",
        "WÜRDE ABGELEHNT",
    ),
    "terminal.warning": (
        "warning: {text}",
        "Warnung: {text}",
    ),
    "terminal.col.rule": (
        "Rule that fired",
        "Anwendbare Regel",
    ),
    "terminal.col.because": (
        "because",
        "denn",
    ),
    "terminal.col.waiver": (
        "Waiver",
        "Ausnahme",
    ),
    "terminal.col.of_rule": (
        "of the rule",
        "von der Regel",
    ),
    "terminal.col.reason": (
        "reason",
        "Grund",
    ),
    "terminal.col.approved_by": (
        "approved by",
        "genehmigt von",
    ),
    "terminal.col.until": (
        "until",
        "bis",
    ),
    "terminal.col.clause": (
        "Clause",
        "Zusage",
    ),
    "terminal.col.required": (
        "required",
        "verlangt",
    ),
    "terminal.col.measured": (
        "measured",
        "gemessen",
    ),
    "terminal.col.expected": (
        "expected",
        "erwartet",
    ),
    "terminal.col.risk": (
        "Re-identification risk",
        "Re-Identifizierungsrisiko",
    ),
    "terminal.col.before": (
        "before",
        "vorher",
    ),
    "terminal.col.after": (
        "after",
        "nachher",
    ),
    "terminal.col.column": (
        "Column",
        "Spalte",
    ),
    "terminal.col.role": (
        "role",
        "Rolle",
    ),
    "terminal.col.would_be_done": (
        "what would be done",
        "was geschähe",
    ),
    "terminal.col.least_loss": (
        "least loss",
        "geringster Verlust",
    ),
    "terminal.col.suppressed": (
        "suppressed",
        "unterdrückt",
    ),
    "terminal.col.smallest": (
        "smallest class",
        "kleinste Klasse",
    ),
    "terminal.col.demand": (
        "Demand",
        "Anforderung",
    ),
    "terminal.col.bound": (
        "bound",
        "Schranke",
    ),
    "terminal.col.of": (
        "of",
        "von",
    ),
    "terminal.col.rules": (
        "rules",
        "Regeln",
    ),
    "terminal.col.statement": (
        "Statement by a person",
        "Erklärung einer Person",
    ),
    "terminal.col.asked_by": (
        "asked for by",
        "verlangt von",
    ),
    "terminal.col.limit": (
        "Limit",
        "Grenze",
    ),
    "terminal.waiver.relaxed": (
        "RELAXED",
        "GELOCKERT",
    ),
    "terminal.waiver.nothing": (
        "no effect",
        "wirkungslos",
    ),
    "terminal.waiver.for": (
        "{said} for {names}",
        "{said} für {names}",
    ),
    "terminal.met": (
        "met",
        "eingehalten",
    ),
    "terminal.not_met": (
        "NOT MET",
        "NICHT EINGEHALTEN",
    ),
    "terminal.undecided": (
        "Undecided within the time: none of {nodes:,} generalizations was found to satisfy the "
        "policy, and it is not proven that none does.",
        "In der Zeit nicht entschieden: Unter {nodes:,} Generalisierungen wurde keine gefunden, "
        "die die Richtlinie erfüllt, und es ist nicht bewiesen, dass es keine gibt.",
    ),
    "terminal.none": (
        "None of {nodes:,} generalizations satisfies the policy.",
        "Keine von {nodes:,} Generalisierungen erfüllt die Richtlinie.",
    ),
    "terminal.loss": (
        "Information loss ({measure}): {loss}  ({choice})",
        "Informationsverlust ({measure}): {loss}  ({choice})",
    ),
    "terminal.suppressed": (
        "Suppressed records: {n:,} of {of:,} ({share:.2%})",
        "Unterdrückte Datensätze: {n:,} von {of:,} ({share:.2%})",
    ),
    "terminal.levels": (
        "Generalization levels: {levels}",
        "Generalisierungsstufen: {levels}",
    ),
    "terminal.subset": (
        "Research subset ({column}): {n:,} of {of:,} records",
        "Teilmenge für die Forschung ({column}): {n:,} von {of:,} Datensätzen",
    ),
    "terminal.persons": (
        "Persons are counted, not records, by {column}",
        "Gezählt werden Personen, nicht Datensätze, nach {column}",
    ),
    "terminal.risk.highest": (
        "highest (prosecutor)",
        "höchstes (Prosecutor)",
    ),
    "terminal.risk.average": (
        "average (prosecutor)",
        "mittleres (Prosecutor)",
    ),
    "terminal.risk.unique.records": (
        "records that are unique",
        "einzigartige Datensätze",
    ),
    "terminal.risk.unique.persons": (
        "persons that are unique",
        "einzigartige Personen",
    ),
    "terminal.risk.smallest": (
        "smallest equivalence class",
        "kleinste Äquivalenzklasse",
    ),
    "terminal.evidence": (
        "Keep the evidence for later checks and never release it: it says which records are of "
        "one person, or who else is in the population.",
        "Bewahren Sie den Nachweis für spätere Prüfungen auf und geben Sie ihn niemals heraus: "
        "Er zeigt, welche Datensätze zu einer Person gehören oder wer sonst zur Grundgesamtheit "
        "gehört.",
    ),
    "terminal.choice.optimal": (
        "proven optimum of {nodes:,} generalizations",
        "bewiesenes Optimum von {nodes:,} Generalisierungen",
    ),
    "terminal.choice.best": (
        "best found in {seconds:.1f} s; no solution of {nodes:,} generalizations can lose less "
        "than {bound}",
        "bestes in {seconds:.1f} s gefundenes; keine Lösung von {nodes:,} Generalisierungen "
        "kann weniger als {bound} verlieren",
    ),
    "terminal.no_role": (
        "none",
        "keine",
    ),
    "terminal.kept": (
        "kept",
        "beibehalten",
    ),
    "terminal.level.one": (
        "level {low}",
        "Stufe {low}",
    ),
    "terminal.level.some": (
        "levels {low} to {high} of 0 to {top}",
        "Stufen {low} bis {high} von 0 bis {top}",
    ),
    "terminal.level.optimum": (
        "optimum {level} ({name})",
        "Optimum {level} ({name})",
    ),
    "terminal.origin.chosen": (
        ", chosen by {by}",
        ", gewählt nach {by}",
    ),
    "terminal.the_policy": (
        "the policy",
        "die Richtlinie",
    ),
    "terminal.beyond": (
        "beyond the policy",
        "außerhalb der Richtlinie",
    ),
    "terminal.at_least": (
        "(at least {bound:.4g})",
        "(mindestens {bound:.4g})",
    ),
    "terminal.given_by": (
        "given by {by}",
        "abgegeben von {by}",
    ),
    "terminal.missing": (
        "missing",
        "fehlt",
    ),
    "terminal.nothing_written": (
        "Nothing was written.",
        "Nichts wurde geschrieben.",
    ),
    "terminal.took": (
        "{written} This took {seconds:.1f} s.",
        "{written} Das dauerte {seconds:.1f} s.",
    ),
    "terminal.not_foreseen": (
        "The audit of the written file and the reviewers among the plugins have their say on a "
        "release only.",
        "Die Prüfung der geschriebenen Datei und die Prüfer unter den Plugins äußern sich erst "
        "zu einer Freigabe.",
    ),
}
