"""Words of the pages: of the report, and of a plan's fronts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PHRASES: Final[Mapping[str, tuple[str, str]]] = {
    "page.day": (
        "{on}",
        "{on:day}",
    ),
    "page.no_source": (
        "no source given",
        "keine Quelle angegeben",
    ),
    "page.series.before": (
        "original table",
        "ursprüngliche Tabelle",
    ),
    "page.series.after": (
        "released file",
        "freigegebene Datei",
    ),
    "page.title": (
        "Release report",
        "Freigabebericht",
    ),
    "page.input": (
        "Table put in",
        "Eingegebene Tabelle",
    ),
    "page.input.size": (
        "{records:number} records, {columns:number} columns",
        "{records:number} Datensätze, {columns:number} Spalten",
    ),
    "page.subset": (
        "Records that may leave",
        "Freizugebende Datensätze",
    ),
    "page.subset.size": (
        "{records:number}, by the column {column}; the whole table is the population that they "
        "are from",
        "{records:number}, nach der Spalte {column}; die gesamte Tabelle ist die "
        "Grundgesamtheit, aus der sie stammen",
    ),
    "page.counted": (
        "Counted",
        "Gezählt werden",
    ),
    "page.counted.persons": (
        "persons, not records: equal values of {column} mean one person",
        "Personen, nicht Datensätze: gleiche Werte von {column} bedeuten dieselbe Person",
    ),
    "page.counted.in_file": (
        "; the file has records of {n:number} persons",
        "; die Datei hat Datensätze von {n:number} Personen",
    ),
    "page.counted.shown": (
        ", told apart by its column {column}",
        ", unterschieden nach ihrer Spalte {column}",
    ),
    "page.output": (
        "File released",
        "Freigegebene Datei",
    ),
    "page.output.size": (
        "{records:number} records, {columns:number} columns, {format}, {bytes:number} bytes",
        "{records:number} Datensätze, {columns:number} Spalten, {format}, {bytes:number} Bytes",
    ),
    "page.policy": (
        "Policy",
        "Richtlinie",
    ),
    "page.policy.none": (
        "none applied",
        "keine angewandt",
    ),
    "page.decided": (
        "Decided",
        "Entschieden",
    ),
    "page.moment": (
        "{at:moment}",
        "{at:moment}",
    ),
    "page.software": (
        "Software",
        "Software",
    ),
    "page.reasons": (
        "What stands against the release",
        "Was der Freigabe entgegensteht",
    ),
    "page.advice": (
        "Advice and facts",
        "Hinweise und Tatsachen",
    ),
    "page.promises": (
        "What was promised and what was measured",
        "Was zugesagt und was gemessen wurde",
    ),
    "page.class": (
        "A class is the group of all records that agree in every quasi-identifier, that is, in "
        "what others may know of a person. Every value in the column \u201cmeasured\u201d was "
        "counted anew on the bytes of the file, by code that had no part in making it.",
        "Eine Klasse ist die Gruppe aller Datensätze, die in jedem Quasi-Identifikator "
        "übereinstimmen, also in dem, was andere über eine Person wissen können. Jeder Wert in "
        "der Spalte \u201egemessen\u201c wurde an der fertigen Datei neu gezählt, von einem "
        "Programmteil, der an ihrer Herstellung nicht beteiligt war.",
    ),
    "page.col.promise": (
        "Promise",
        "Zusage",
    ),
    "page.col.required": (
        "Required",
        "Verlangt",
    ),
    "page.col.measured": (
        "Measured",
        "Gemessen",
    ),
    "page.col.kept": (
        "Kept",
        "Eingehalten",
    ),
    "page.col.demanded_force": (
        "Demanded by, and the force of its source",
        "Verlangt von, und Verbindlichkeit der Quelle",
    ),
    "page.col.statement": (
        "Statement",
        "Erklärung",
    ),
    "page.col.given_by": (
        "Given by",
        "Abgegeben von",
    ),
    "page.col.given_on": (
        "On",
        "Am",
    ),
    "page.col.accepted": (
        "Accepted",
        "Anerkannt",
    ),
    "page.col.demanded_by": (
        "Demanded by",
        "Verlangt von",
    ),
    "page.col.column": (
        "Column",
        "Spalte",
    ),
    "page.col.role": (
        "Role and reason",
        "Rolle und Grund",
    ),
    "page.col.loss": (
        "Loss",
        "Verlust",
    ),
    "page.col.figure": (
        "Figure",
        "Kennzahl",
    ),
    "page.col.rule": (
        "Rule",
        "Regel",
    ),
    "page.col.conditions": (
        "Its conditions",
        "Ihre Bedingungen",
    ),
    "page.yes": (
        "yes",
        "ja",
    ),
    "page.no": (
        "no",
        "nein",
    ),
    "page.relaxed_by": (
        "relaxed by the waiver",
        "gelockert durch die Ausnahme",
    ),
    "page.no_clause": (
        "No clause was measured.",
        "Es wurde keine Zusage gemessen.",
    ),
    "page.no_clause.ended": (
        "No clause was measured, because the request ended before a file was written.",
        "Es wurde keine Zusage gemessen, weil der Vorgang endete, bevor eine Datei geschrieben "
        "war.",
    ),
    "page.waivers": (
        "What was waived",
        "Welche Ausnahmen es gibt",
    ),
    "page.waivers.about": (
        "A waiver is the only way in which a policy is relaxed. It holds for what it names, in "
        "its scope and until its day; of everything else the strictest demand holds.",
        "Nur durch eine Ausnahme wird eine Richtlinie gelockert. Sie gilt für das, was sie "
        "nennt, in ihrem Geltungsbereich und bis zu ihrem letzten Tag; von allem anderen gilt "
        "die strengste Anforderung.",
    ),
    "page.waiver.relaxed": (
        "Relaxed:",
        "Gelockert:",
    ),
    "page.waiver.nothing": (
        "Without effect:",
        "Wirkungslos:",
    ),
    "page.waiver.for": (
        "for {names}",
        "für {names}",
    ),
    "page.waiver.of": (
        "waives",
        "lockert",
    ),
    "page.waiver.less": (
        "Less than it allows:",
        "Weniger als erlaubt:",
    ),
    "page.waiver.why": (
        "Why not:",
        "Warum:",
    ),
    "page.waiver.approved": (
        "Approved by {by:and}, until",
        "Genehmigt von {by:and}, bis",
    ),
    "page.is.true": (
        "is true",
        "trifft zu",
    ),
    "page.is.false": (
        "is false",
        "trifft nicht zu",
    ),
    "page.is.unknown": (
        "is unknown",
        "ist unbekannt",
    ),
    "page.attestations": (
        "Statements by persons",
        "Erklärungen von Personen",
    ),
    "page.attestations.about": (
        "What a program cannot measure has to be stated by a person who answers for it.",
        "Was ein Programm nicht messen kann, muss eine Person erklären, die dafür einsteht.",
    ),
    "page.columns.done": (
        "Columns: what they are and what was done to them",
        "Die Spalten: was sie sind und was mit ihnen geschah",
    ),
    "page.columns.ordered": (
        "Columns: what they are and what the policy orders",
        "Die Spalten: was sie sind und was die Richtlinie anordnet",
    ),
    "page.columns.uncovered": (
        "Covered by no rule, and therefore blocking:",
        "Von keiner Regel erfasst und daher der Freigabe entgegenstehend:",
    ),
    "page.col.done": (
        "What was done",
        "Was geschah",
    ),
    "page.col.ordered": (
        "What the policy orders",
        "Was die Richtlinie anordnet",
    ),
    "page.special": (
        "special category",
        "besondere Kategorie",
    ),
    "page.mixed": (
        "generalized record by record:",
        "von Datensatz zu Datensatz generalisiert:",
    ),
    "page.level.kept": (
        "original values kept",
        "ursprüngliche Werte beibehalten",
    ),
    "page.level": (
        "generalized to level {level} of {of} ({name})",
        "generalisiert auf Stufe {level} von {of} ({name})",
    ),
    "page.hierarchy": (
        "hierarchy:",
        "Hierarchie:",
    ),
    "page.chosen_by": (
        "chosen by",
        "gewählt nach",
    ),
    "page.not_released": (
        "not in the released file",
        "nicht in der freigegebenen Datei",
    ),
    "page.as_it_is": (
        "released as it is",
        "unverändert freigegeben",
    ),
    "page.loss": (
        "Suppression and information loss",
        "Unterdrückung und Informationsverlust",
    ),
    "page.suppressed": (
        "Suppressed records",
        "Unterdrückte Datensätze",
    ),
    "page.suppressed.share": (
        "{n:number} of {of:number} ({share:percent})",
        "{n:number} von {of:number} ({share:percent})",
    ),
    "page.suppressed.limit": (
        "; allowed: at most {limit}",
        "; zulässig: höchstens {limit}",
    ),
    "page.suppressed.none": (
        "none; nothing was released",
        "keine; nichts wurde freigegeben",
    ),
    "page.suppression": (
        "What suppression means",
        "Was Unterdrückung bedeutet",
    ),
    "page.suppression.drop": (
        "A suppressed record is left out of the file.",
        "Ein unterdrückter Datensatz fehlt in der Datei.",
    ),
    "page.suppression.star": (
        "A suppressed record stays in the file with \u201c*\u201d in place of every "
        "quasi-identifier; its other values remain.",
        "Ein unterdrückter Datensatz bleibt in der Datei, mit \u201e*\u201c an der Stelle jedes "
        "Quasi-Identifikators; seine übrigen Werte bleiben.",
    ),
    "page.information": (
        "Information loss",
        "Informationsverlust",
    ),
    "page.information.loss": (
        "{loss:number} (measure \u201c{measure}\u201d; 0 means that nothing was lost, 1 that "
        "nothing is left)",
        "{loss:number} (Maß \u201e{measure}\u201c; 0 heißt, dass nichts verloren ging, 1, dass "
        "nichts übrig ist)",
    ),
    "page.information.other": (
        "{loss:number} (measure \u201c{measure}\u201d; less is better)",
        "{loss:number} (Maß \u201e{measure}\u201c; weniger ist besser)",
    ),
    "page.choice": (
        "Choice",
        "Auswahl",
    ),
    "page.choice.local": (
        "Levels differ from record to record: {label}. A better choice may exist.",
        "Die Stufen unterscheiden sich von Datensatz zu Datensatz: {label}. Eine bessere "
        "Auswahl kann es geben.",
    ),
    "page.choice.optimal": (
        "Of {nodes:number} possible combinations of levels this one loses least; the search has "
        "proven it.",
        "Von {nodes:number} möglichen Kombinationen von Stufen verliert diese am wenigsten; die "
        "Suche hat es bewiesen.",
    ),
    "page.choice.best": (
        "The best combination of levels that was found in {seconds} s among {nodes:number}; a "
        "better one may exist, but it is proven that no solution can lose less than "
        "{bound:number} (at most {gap:percent} less than this one).",
        "Die beste Kombination von Stufen, die in {seconds} s unter {nodes:number} gefunden "
        "wurde; eine bessere kann es geben, bewiesen ist aber, dass keine Lösung weniger als "
        "{bound:number} verlieren kann (höchstens {gap:percent} weniger als diese).",
    ),
    "page.search": (
        "Search",
        "Suche",
    ),
    "page.search.undecided": (
        "The time was up before one of {nodes:number} possible combinations of levels was found "
        "that keeps every promise, and before it was proven that there is none.",
        "Die Zeit war um, bevor unter {nodes:number} möglichen Kombinationen von Stufen eine "
        "gefunden war, die jede Zusage einhält, und bevor bewiesen war, dass es keine gibt.",
    ),
    "page.search.none": (
        "None of {nodes:number} possible combinations of levels keeps every promise within the "
        "limits of the policy.",
        "Keine von {nodes:number} möglichen Kombinationen von Stufen hält jede Zusage innerhalb "
        "der Grenzen der Richtlinie ein.",
    ),
    "page.risk": (
        "Risk of re-identification, before and after",
        "Re-Identifizierungsrisiko, vorher und nachher",
    ),
    "page.risk.persons": (
        "In this section \u201crecords\u201d means persons: each class counts a person once, "
        "and who has records in several classes counts in each of them.",
        "In diesem Abschnitt sind mit Datensätzen Personen gemeint: Jede Klasse zählt eine "
        "Person einmal, und wer Datensätze in mehreren Klassen hat, zählt in jeder davon.",
    ),
    "page.risk.about": (
        "The risk of a record is one over the size of its class: who knows a person\u2019s "
        "quasi-identifiers finds a class of that many records and can only guess among them. "
        "The figures hold for an attacker who knows that the person is in the table; for one "
        "who does not know it, they are the worst case.",
        "Das Risiko eines Datensatzes ist eins geteilt durch die Größe seiner Klasse: Wer die "
        "Quasi-Identifikatoren einer Person kennt, findet eine Klasse von so vielen Datensätzen "
        "und kann unter ihnen nur raten. Die Zahlen gelten für einen Angreifer, der weiß, dass "
        "die Person in der Tabelle ist; für einen, der es nicht weiß, sind sie der ungünstigste "
        "Fall.",
    ),
    "page.same_in_numbers": (
        "The same in numbers",
        "Dasselbe in Zahlen",
    ),
    "page.col.before": (
        "Before",
        "Vorher",
    ),
    "page.col.after": (
        "After",
        "Nachher",
    ),
    "page.row.records": (
        "Records in classes",
        "Datensätze in Klassen",
    ),
    "page.row.classes": (
        "Classes",
        "Klassen",
    ),
    "page.row.smallest": (
        "Records in the smallest class",
        "Datensätze in der kleinsten Klasse",
    ),
    "page.row.largest": (
        "Records in the largest class",
        "Datensätze in der größten Klasse",
    ),
    "page.row.highest": (
        "Highest risk of a record (prosecutor)",
        "Höchstes Risiko eines Datensatzes (Prosecutor)",
    ),
    "page.row.average": (
        "Average risk of a record (prosecutor)",
        "Durchschnittliches Risiko eines Datensatzes (Prosecutor)",
    ),
    "page.row.journalist": (
        "Highest risk of a record (journalist, worst case)",
        "Höchstes Risiko eines Datensatzes (Journalist, ungünstigster Fall)",
    ),
    "page.row.marketer": (
        "Share of records linked rightly if all are tried (marketer)",
        "Anteil richtig zugeordneter Datensätze, wenn alle versucht werden (Marketer)",
    ),
    "page.row.uniques": (
        "Records that are unique",
        "Einzigartige Datensätze",
    ),
    "page.row.unique_share": (
        "Share of records that are unique",
        "Anteil einzigartiger Datensätze",
    ),
    "page.row.above": (
        "Share of records with a risk above {threshold}",
        "Anteil der Datensätze mit einem Risiko über {threshold}",
    ),
    "page.row.estimated": (
        "Share of persons who are unique in a population of {population:number}, estimated "
        "({name})",
        "Anteil der Personen, die in einer Grundgesamtheit von {population:number} einzigartig "
        "sind, geschätzt ({name})",
    ),
    "page.no_estimate": (
        "no estimate",
        "keine Schätzung",
    ),
    "page.estimates": (
        "Estimates hold for a random sample of that population. No estimate: the model does not "
        "fit these classes.",
        "Die Schätzungen gelten für eine Zufallsstichprobe aus dieser Grundgesamtheit. Keine "
        "Schätzung: Das Modell passt nicht zu diesen Klassen.",
    ),
    "page.ended_early": (
        "The request ended before classes were counted.",
        "Der Vorgang endete, bevor Klassen gezählt wurden.",
    ),
    "page.sizes": (
        "Sizes of the classes",
        "Größe der Klassen",
    ),
    "page.sizes.about": (
        "Share of records by the number of records in their class. Small classes single people "
        "out.",
        "Anteil der Datensätze nach der Zahl der Datensätze in ihrer Klasse. Kleine Klassen "
        "heben Einzelne heraus.",
    ),
    "page.rules": (
        "Which rule applied, and why",
        "Welche Regel galt und warum",
    ),
    "page.undetermined": (
        "Applied because a fact is unknown;",
        "Angewandt, weil eine Tatsache nicht bekannt ist;",
    ),
    "page.undetermined.why": (
        "what is not known counts against the release.",
        "was nicht bekannt ist, zählt gegen die Freigabe.",
    ),
    "page.looked_at": (
        "Facts looked at:",
        "Betrachtete Tatsachen:",
    ),
    "page.always": (
        "Applies always.",
        "Gilt immer.",
    ),
    "page.no_rule": (
        "No rule applied.",
        "Keine Regel galt.",
    ),
    "page.silent": (
        "Rules that did not apply",
        "Regeln, die nicht galten",
    ),
    "page.limits": (
        "What is not covered",
        "Was nicht erfasst wird",
    ),
    "page.limits.measures": (
        "The measures speak of the quasi-identifiers that the policy names. Whoever knows other "
        "values of a person, for example sensitive ones, may find the record by these.",
        "Die Maße beziehen sich auf die Quasi-Identifikatoren, die die Richtlinie nennt. Wer "
        "andere Werte einer Person kennt, etwa sensible, kann den Datensatz daran finden.",
    ),
    "page.limits.persons": (
        "Persons are told apart by {column} alone. Somebody with two values in it counts as two "
        "persons.",
        "Personen werden allein nach {column} unterschieden. Wer dort zwei Werte hat, zählt als "
        "zwei Personen.",
    ),
    "page.limits.records": (
        "Each record counts as one person. If one person has several records, classes hold "
        "fewer people than records.",
        "Jeder Datensatz zählt als eine Person. Hat eine Person mehrere Datensätze, umfassen "
        "die Klassen weniger Menschen als Datensätze.",
    ),
    "page.limits.alone": (
        "This release was judged by itself. Earlier releases of the same people were not looked "
        "at.",
        "Diese Freigabe wurde für sich beurteilt. Frühere Freigaben zu denselben Personen "
        "wurden nicht betrachtet.",
    ),
    "page.warnings": (
        "Warnings",
        "Warnungen",
    ),
    "page.recheck": (
        "How to check this again",
        "Wie sich dies nachprüfen lässt",
    ),
    "page.recheck.about": (
        "The manifest that comes with the file repeats every promise, measured value and "
        "digest, and is signed. Anyone who has the file, the manifest and the signer\u2019s "
        "public key can count again, without this server and without the original table:",
        "Das Manifest zur Datei wiederholt jede Zusage, jeden gemessenen Wert und jede "
        "Prüfsumme und ist signiert. Wer die Datei, das Manifest und den öffentlichen Schlüssel "
        "der signierenden Stelle hat, kann nachzählen, ohne diesen Server und ohne die "
        "ursprüngliche Tabelle:",
    ),
    "page.evidence": (
        "The evidence must not be released.",
        "Der Nachweis darf nicht herausgegeben werden.",
    ),
    "page.evidence.persons": (
        "The file alone does not show whose records these are;",
        "Die Datei allein zeigt nicht, wessen Datensätze es sind;",
    ),
    "page.evidence.population": (
        "The file alone does not show who else is in the population;",
        "Die Datei allein zeigt nicht, wer sonst zur Grundgesamtheit gehört;",
    ),
    "page.evidence.both": (
        "The file alone does not show whose records these are nor who else is in the population;",
        "Die Datei allein zeigt weder, wessen Datensätze es sind, noch, wer sonst zur "
        "Grundgesamtheit gehört;",
    ),
    "page.evidence.why": (
        "the evidence does, for whoever answers for this release and has to show later that the "
        "promises hold. Without it a check stays incomplete, and says so.",
        "der Nachweis zeigt es, für diejenigen, die für diese Freigabe einstehen und später "
        "zeigen müssen, dass die Zusagen eingehalten sind. Ohne ihn bleibt eine Prüfung "
        "unvollständig, und sie sagt es.",
    ),
    "page.sha.file": (
        "SHA-256 of the file",
        "SHA-256 der Datei",
    ),
    "page.sha.evidence": (
        "SHA-256 of the evidence",
        "SHA-256 des Nachweises",
    ),
    "page.sha.input": (
        "SHA-256 of the table put in",
        "SHA-256 der eingegebenen Tabelle",
    ),
    "page.key": (
        "Signing key",
        "Signierschlüssel",
    ),
    "page.record": (
        "For the record",
        "Zu den Akten",
    ),
    "page.digest": (
        "Digest of {name}",
        "Prüfsumme von {name}",
    ),
    "page.seconds": (
        "Seconds",
        "Sekunden",
    ),
    "plot.sizes": (
        "Records by size of their class",
        "Datensätze nach der Größe ihrer Klasse",
    ),
    "plot.sizes.about": (
        "Share of records, by the number of records that share the same quasi-identifiers.",
        "Anteil der Datensätze nach der Zahl der Datensätze mit denselben Quasi-Identifikatoren.",
    ),
    "plot.risk": (
        "Risk of re-identification",
        "Re-Identifizierungsrisiko",
    ),
    "plot.risk.about": (
        "Probability that a record is linked to its person, and share of records at risk.",
        "Wahrscheinlichkeit, dass ein Datensatz seiner Person zugeordnet wird, und Anteil "
        "gefährdeter Datensätze.",
    ),
    "plot.highest": (
        "Highest risk of a record",
        "Höchstes Risiko",
    ),
    "plot.average": (
        "Average risk of a record",
        "Mittleres Risiko",
    ),
    "plot.unique": (
        "Records that are unique",
        "Einzigartige Datensätze",
    ),
    "plot.above": (
        "Records with risk over {threshold}",
        "Risiko über {threshold}",
    ),
    "plot.or_more": (
        "{n:,} or more",
        "{n:,} oder mehr",
    ),
    "local.label": (
        "local recoding, heuristic (no optimality claim), mean cell loss {loss:.4g}, {compared}",
        "lokale Umkodierung, heuristisch (ohne Anspruch auf Optimalität), mittlerer Verlust je "
        "Zelle {loss:.4g}, {compared}",
    ),
    "local.none": (
        "full-domain optimum not found",
        "einheitliches Optimum nicht gefunden",
    ),
    "local.optimum": (
        "full-domain optimum {loss:.4g}",
        "einheitliches Optimum {loss:.4g}",
    ),
    "local.best": (
        "best full-domain generalization found {loss:.4g} (not proven optimal)",
        "beste gefundene einheitliche Generalisierung {loss:.4g} (nicht als optimal bewiesen)",
    ),
    "shown.unknown": (
        "unknown",
        "unbekannt",
    ),
    "shown.none": (
        "none",
        "keine",
    ),
    "explore.within": (
        "within the policy",
        "innerhalb der Richtlinie",
    ),
    "explore.beyond": (
        "beyond the policy: no release",
        "außerhalb der Richtlinie: keine Freigabe",
    ),
    "explore.demanded": (
        "what the policy demands",
        "was die Richtlinie verlangt",
    ),
    "explore.at_least": (
        "(at least {bound:number})",
        "(mindestens {bound:number})",
    ),
    "explore.title": (
        "Loss against suppression and k: {table}",
        "Verlust nach Unterdrückung und k: {table}",
    ),
    "explore.heading": (
        "{table}: least loss against suppression and k",
        "{table}: geringster Verlust nach Unterdrückung und k",
    ),
    "explore.about": (
        "{records:number} records; policy {policies}; loss measure \u201c{measure}\u201d. "
        "Nothing was released.",
        "{records:number} Datensätze; Richtlinie {policies}; Verlustmaß \u201e{measure}\u201c. "
        "Nichts wurde freigegeben.",
    ),
    "explore.points": (
        "Every point is the optimum of {nodes:number} generalizations for its value, all other "
        "demands of the policy as they are; values are evenly spaced, the loss is to scale. "
        "Points beyond the policy show what its demand costs; whether it may be another one is "
        "for the owner of the policy to decide.",
        "Jeder Punkt ist das Optimum von {nodes:number} Generalisierungen für seinen Wert, bei "
        "sonst gleichen Anforderungen der Richtlinie; die Werte haben gleiche Abstände, der "
        "Verlust ist maßstäblich. Punkte außerhalb der Richtlinie zeigen, was ihre Anforderung "
        "kostet; ob sie eine andere sein darf, entscheidet, wer die Richtlinie verantwortet.",
    ),
    "explore.points.all": (
        "Every point is the optimum of all generalizations for its value, all other demands of "
        "the policy as they are; values are evenly spaced, the loss is to scale. Points beyond "
        "the policy show what its demand costs; whether it may be another one is for the owner "
        "of the policy to decide.",
        "Jeder Punkt ist das Optimum aller Generalisierungen für seinen Wert, bei sonst "
        "gleichen Anforderungen der Richtlinie; die Werte haben gleiche Abstände, der Verlust "
        "ist maßstäblich. Punkte außerhalb der Richtlinie zeigen, was ihre Anforderung kostet; "
        "ob sie eine andere sein darf, entscheidet, wer die Richtlinie verantwortet.",
    ),
    "explore.local": (
        "The policy asks for local recoding, which loses less; these are the optimums of "
        "full-domain generalization.",
        "Die Richtlinie verlangt lokale Umkodierung, die weniger verliert; dies sind die Optima "
        "der einheitlichen Generalisierung.",
    ),
    "explore.proven": (
        "\u00d7 is proven to have no solution.",
        "\u00d7 hat bewiesenermaßen keine Lösung.",
    ),
    "explore.open": (
        "\u00d7 is proven to have no solution; ? was not decided in time, and a bar below a point "
        "reaches to the proven lower bound.",
        "\u00d7 hat bewiesenermaßen keine Lösung; ? wurde nicht rechtzeitig entschieden, und ein "
        "Balken unter einem Punkt reicht bis zur bewiesenen unteren Schranke.",
    ),
    "explore.by_limit": (
        "Loss against suppression",
        "Verlust nach Unterdrückung",
    ),
    "explore.by_k": (
        "Loss against k",
        "Verlust nach k",
    ),
    "explore.limit": (
        "Limit",
        "Grenze",
    ),
    "explore.loss": (
        "Loss",
        "Verlust",
    ),
    "explore.suppressed": (
        "Suppressed",
        "Unterdrückt",
    ),
    "explore.share": (
        "Share",
        "Anteil",
    ),
    "explore.smallest": (
        "Smallest class",
        "Kleinste Klasse",
    ),
    "explore.levels": (
        "Levels",
        "Stufen",
    ),
    "explore.policy": (
        "(policy)",
        "(Richtlinie)",
    ),
    "explore.is_beyond": (
        "(beyond)",
        "(außerhalb)",
    ),
    "explore.searches": (
        "{n} searches in {seconds:.1f} s",
        "{n} Suchen in {seconds:.1f} s",
    ),
    "explore.plot.limit": (
        "Least loss by suppression limit",
        "Geringster Verlust nach zulässiger Unterdrückung",
    ),
    "explore.axis.limit": (
        "Suppressed records, at most",
        "Unterdrückte Datensätze, höchstens",
    ),
    "explore.plot.k": (
        "Least loss by k",
        "Geringster Verlust nach k",
    ),
    "explore.state.optimum": (
        "optimum",
        "Optimum",
    ),
    "explore.state.best found": (
        "best found",
        "bestes gefundenes",
    ),
    "explore.state.infeasible": (
        "infeasible",
        "unerfüllbar",
    ),
    "explore.state.undecided": (
        "undecided",
        "unentschieden",
    ),
}
