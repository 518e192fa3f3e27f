"""Words of what a plan tells beside a report: on the terminal and on its page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PHRASES: Final[Mapping[str, tuple[str, str]]] = {
    "plan.title": ("Plan: {table}", "Plan: {table}"),
    "plan.heading": ("{table}: what a release would be", "{table}: was eine Freigabe wäre"),
    "plan.about": (
        "{records:number} records; {policies}. Nothing was released.",
        "{records:number} Datensätze; {policies}. Nichts wurde freigegeben.",
    ),
    "plan.columns": ("Columns", "Spalten"),
    "plan.col.column": ("Column", "Spalte"),
    "plan.col.role": ("Role, kind", "Rolle, Art"),
    "plan.col.because": ("Because", "Begründung"),
    "plan.col.done": ("What would be done", "Was geschähe"),
    "plan.col.recognised": ("Recognised as", "Erkannt als"),
    "plan.none": ("none: blocks", "keine: sperrt"),
    "plan.no_rule": (
        "No rule covers it. Classify it.",
        "Keine Regel erfasst sie. Stufen Sie sie ein.",
    ),
    "plan.no_rule.but": (
        "no rule covers the column; {told}",
        "keine Regel erfasst die Spalte; {told}",
    ),
    "plan.doubts": ("Milder than they look", "Milder eingestuft, als sie aussehen"),
    "plan.doubt": (
        "Column {column!r} is {role} by {rule}, but {told}",
        "Die Spalte {column!r} ist nach {rule} als „{role}“ eingestuft, aber {told}",
    ),
    "plan.looks_like": (
        "looks like {detector}: {reason}, proposed {role}, {kind}",
        "sieht aus wie {detector}: {reason}, vorgeschlagen {role}, {kind}",
    ),
    "plan.nothing": ("nothing recognised it", "nichts hat sie erkannt"),
    "plan.reason": (
        "{parts:and} (confidence {confidence:.2f})",
        "{parts:and} (Sicherheit {confidence:.2f})",
    ),
    "plan.reason.name": ("the name says so", "der Name sagt es"),
    "plan.reason.values": (
        "{share} of {n:number} distinct values fit",
        "{share} von {n:number} verschiedenen Werten passen",
    ),
    "plan.reason.statistics": ("counts suggest it", "die Zählung legt es nahe"),
    "plan.trees": ("Hierarchies and lattice", "Hierarchien und Verband"),
    "plan.col.quasi": ("Quasi-identifier", "Quasi-Identifikator"),
    "plan.col.hierarchy": ("Hierarchy", "Hierarchie"),
    "plan.col.levels": ("Levels, with their labels", "Stufen, mit Zahl der Werte"),
    "plan.col.allowed": ("Allowed", "Erlaubt"),
    "plan.allowed": ("{low} to {high}", "{low} bis {high}"),
    "plan.lattice": (
        "{n:number} quasi-identifiers, {nodes:number} generalizations to choose among.",
        "{n:number} Quasi-Identifikatoren, {nodes:number} Generalisierungen zur Wahl.",
    ),
    "plan.lattice.unknown": (
        "{n:number} quasi-identifiers, not all with a usable hierarchy.",
        "{n:number} Quasi-Identifikatoren, nicht alle mit brauchbarer Hierarchie.",
    ),
    "plan.not_searched": ("Nothing was searched.", "Es wurde nicht gesucht."),
    "plan.least": (
        "The least loss is {loss:number} ({measure}), with {suppressed:number} records suppressed.",
        "Der geringste Verlust ist {loss:number} ({measure}), bei {suppressed:number} "
        "unterdrückten Datensätzen.",
    ),
    "plan.whom": ("Whom few columns single out", "Wen wenige Spalten herausgreifen"),
    "plan.whom.about": (
        "Counted on the table as it is, before anything is done. A record is singled out if nobody "
        "else has its values in these columns.",
        "Gezählt an der Tabelle, wie sie ist, bevor etwas geschieht. Ein Datensatz ist "
        "herausgegriffen, wenn niemand sonst seine Werte in diesen Spalten hat.",
    ),
    "plan.whom.quasi": (
        "Quasi-identifiers, which the policy takes to be known to others",
        "Quasi-Identifikatoren, von denen die Richtlinie annimmt, dass andere sie kennen",
    ),
    "plan.whom.all": (
        "All columns that would stay, in case others know more",
        "Alle Spalten, die blieben, falls andere mehr wissen",
    ),
    "plan.whom.columns": ("Columns", "Spalten"),
    "plan.whom.singled": ("Records singled out", "Herausgegriffene Datensätze"),
    "plan.whom.share": ("Share", "Anteil"),
    "plan.whom.distinction": ("Distinction", "Unterscheidung"),
    "plan.whom.separation": ("Separation", "Trennung"),
    "plan.whom.of": (
        "{n:number} of {records:number}",
        "{n:number} von {records:number}",
    ),
    "plan.whom.nobody": (
        "No set of these columns singles out anybody.",
        "Keine Menge dieser Spalten greift jemanden heraus.",
    ),
    "plan.whom.complete": (
        "Every set of up to {n} columns was counted on all {records:number} records.",
        "Jede Menge von bis zu {n} Spalten wurde an allen {records:number} Datensätzen gezählt.",
    ),
    "plan.whom.persons": (
        "Records of one person count as one.",
        "Datensätze einer Person zählen als einer.",
    ),
    "plan.whom.some": (
        "Not everything was looked at: {what}.",
        "Nicht alles wurde angesehen: {what}.",
    ),
    "plan.whom.sample": (
        "{n:number} of {records:number} records, in even steps; in these more are singled out than "
        "in the whole",
        "{n:number} von {records:number} Datensätzen, in gleichen Schritten; darin werden mehr "
        "herausgegriffen als im Ganzen",
    ),
    "plan.whom.among": (
        "sets of {size} among the {n} columns with the most distinct values",
        "Mengen von {size} unter den {n} Spalten mit den meisten verschiedenen Werten",
    ),
    "plan.whom.reached": (
        "no sets of more than {size}",
        "keine Mengen von mehr als {size}",
    ),
    "plan.whom.left_out": (
        "left out, too many distinct values to hold: {columns:quoted}",
        "ausgelassen, zu viele verschiedene Werte: {columns:quoted}",
    ),
    "plan.demands": ("Demands", "Forderungen"),
    "plan.col.demand": ("Demand", "Forderung"),
    "plan.col.bound": ("Bound", "Schranke"),
    "plan.col.of": ("Of", "Von"),
    "plan.col.rules": ("Rules", "Regeln"),
    "plan.statement": ("statement: {of}", "Erklärung: {of}"),
    "plan.given": ("given", "abgegeben"),
    "plan.col.clause": ("Clause", "Klausel"),
    "plan.col.expected": ("Expected", "Zu erwarten"),
    "plan.met": ("met", "erfüllt"),
    "plan.not_met": ("not met", "nicht erfüllt"),
    "plan.limits": ("Other limits", "Andere Grenzen"),
    "plan.not_explored": (
        "No other limits were explored: the plan is refused before the search, for the reasons "
        "given.",
        "Andere Grenzen wurden nicht erkundet: Der Plan wird vor der Suche abgelehnt, aus den "
        "genannten Gründen.",
    ),
    "plan.notes": (
        "Warnings, and what the policy does not cover",
        "Warnungen, und was die Richtlinie nicht erfasst",
    ),
    "plan.again": (
        "A release takes the time of these steps again, and that of writing and auditing the file, "
        "which nobody can tell before.",
        "Eine Freigabe braucht die Zeit dieser Schritte noch einmal, und die zum Schreiben und "
        "Prüfen der Datei, die niemand vorher kennt.",
    ),
    "plan.took": ("This took {seconds:.1f} s.", "Das dauerte {seconds:.1f} s."),
    "plan.written": (
        "The plan is in {output}; nothing else was written.",
        "Der Plan ist in {output}; sonst wurde nichts geschrieben.",
    ),
}
