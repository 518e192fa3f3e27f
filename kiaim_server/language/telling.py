"""Sentences in which a decision and a policy are explained, to be read aloud."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_HEADINGS: Final[Mapping[str, tuple[str, str]]] = {
    "tell.title.release": (
        "Why \u201c{table}\u201d was released",
        "Warum \u201e{table}\u201c freigegeben wurde",
    ),
    "tell.title.review": (
        "Why a person has to decide on \u201c{table}\u201d first",
        "Warum über \u201e{table}\u201c zunächst eine Person entscheiden muss",
    ),
    "tell.title.refuse": (
        "Why \u201c{table}\u201d was refused",
        "Warum die Freigabe von \u201e{table}\u201c abgelehnt wurde",
    ),
    "tell.title.plan": (
        "What would become of \u201c{table}\u201d, and why",
        "Was aus \u201e{table}\u201c würde und warum",
    ),
    "tell.title.context": (
        "What applies to this release, and why",
        "Was für diese Freigabe gilt und warum",
    ),
    "tell.title.table": (
        "What applies to a release of \u201c{table}\u201d, and why",
        "Was für eine Freigabe von \u201e{table}\u201c gilt und warum",
    ),
    "tell.head.reasons": (
        "What stands against the release",
        "Was der Freigabe entgegensteht",
    ),
    "tell.head.advice": ("Advice and facts", "Hinweise und Tatsachen"),
    "tell.head.facts": ("What is known of the release", "Was über die Freigabe bekannt ist"),
    "tell.head.applied": ("The rules that apply", "Die anwendbaren Regeln"),
    "tell.head.silent": ("The rules that do not apply", "Die nicht anwendbaren Regeln"),
    "tell.head.demands": (
        "What was promised and measured",
        "Was zugesagt und gemessen wurde",
    ),
    "tell.head.expected": (
        "What would be promised, and what is expected",
        "Was zugesagt würde und was zu erwarten ist",
    ),
    "tell.head.demanded": (
        "What is demanded, of all rules the strictest",
        "Was verlangt wird, von allen Regeln das Strengste",
    ),
    "tell.head.columns": (
        "The columns: what they are, why, and what is done to them",
        "Die Spalten: was sie sind, warum, und was mit ihnen geschieht",
    ),
    "tell.head.attestations": ("Statements by persons", "Erklärungen von Personen"),
    "tell.head.waivers": ("What was waived", "Welche Ausnahmen es gibt"),
    "tell.head.sources": (
        "What the rules rest on, and with which force",
        "Worauf sich die Regeln stützen und mit welcher Verbindlichkeit",
    ),
    "tell.head.notes": ("Notes and warnings", "Hinweise und Warnungen"),
    "tell.head.not_covered": ("What is not covered", "Was nicht erfasst wird"),
    "tell.head.policy": ("When the policy applies", "Wann die Richtlinie anwendbar ist"),
    "tell.head.parameters": ("The numbers in it", "Die Zahlen darin"),
    "tell.head.classify": (
        "How columns are classified",
        "Wie die Spalten eingestuft werden",
    ),
    "tell.head.rules": ("The rules", "Die Regeln"),
    "tell.head.choices": ("How the table is made", "Wie die Tabelle entsteht"),
}

_DECISION: Final[Mapping[str, tuple[str, str]]] = {
    "tell.policy": (
        "Judged under the policy \u201c{title}\u201d ({name} {version}).",
        "Maßgeblich ist die Richtlinie \u201e{title}\u201c ({name} {version}).",
    ),
    "tell.policy.extends": (
        "Judged under the policy \u201c{title}\u201d ({name} {version}), which extends {others}.",
        "Maßgeblich ist die Richtlinie \u201e{title}\u201c ({name} {version}), die auf {others} "
        "aufbaut.",
    ),
    "tell.policy.other": (
        "\u201c{title}\u201d ({name} {version})",
        "\u201e{title}\u201c ({name} {version})",
    ),
    "tell.decided.release": (
        "The table may leave: every promise was measured on the written file and is kept.",
        "Die Tabelle darf herausgegeben werden: Jede Zusage wurde an der geschriebenen Datei "
        "gemessen und ist eingehalten.",
    ),
    "tell.decided.review": (
        "Nothing was released: a person has to decide first.",
        "Nichts wurde freigegeben: Zunächst muss eine Person entscheiden.",
    ),
    "tell.decided.refuse": (
        "Nothing was released. {n} {n:one reason stands|reasons stand} against it.",
        "Nichts wurde freigegeben. {n} {n:one Grund steht|Gründe stehen} der Freigabe entgegen.",
    ),
    "tell.planned.release": (
        "As far as can be foreseen, the table would be released.",
        "Soweit absehbar, würde die Tabelle freigegeben.",
    ),
    "tell.planned.review": (
        "The table would not be released: a person has to decide first.",
        "Die Tabelle würde nicht freigegeben: Zunächst muss eine Person entscheiden.",
    ),
    "tell.planned.refuse": (
        "The table would be refused. {n} {n:one reason stands|reasons stand} against it.",
        "Die Freigabe würde abgelehnt. {n} {n:one Grund steht|Gründe stehen} ihr entgegen.",
    ),
    "tell.context.nothing": (
        "Nothing was measured and nothing was released.",
        "Nichts wurde gemessen, und nichts wurde freigegeben.",
    ),
    "tell.context.no_table": (
        "Without a table nothing is known of its columns; what depends on them is left open.",
        "Ohne eine Tabelle ist über ihre Spalten nichts bekannt; was von ihnen abhängt, bleibt "
        "offen.",
    ),
    "tell.persons": (
        "Persons are counted, not records, by the column \u201c{column}\u201d.",
        "Gezählt werden Personen, nicht Datensätze, nach der Spalte \u201e{column}\u201c.",
    ),
    "tell.fact": ("{clause}.", "{clause}."),
    "tell.fact.counted": ("{clause} (counted).", "{clause} (gezählt)."),
    "tell.fact.assumed": (
        "{clause} (assumed, because nothing was stated).",
        "{clause} (angenommen, da nichts angegeben wurde).",
    ),
    "tell.unknown": (
        "Not known is {questions}. Where a rule turns on that, the rule is applied.",
        "Nicht bekannt ist, {questions}. Soweit eine Regel davon abhängt, wird sie angewandt.",
    ),
    "tell.always": (
        "It applies to every release under the policy.",
        "Sie gilt für jede Freigabe unter dieser Richtlinie.",
    ),
    "tell.applies": ("It applies because {clauses}.", "Sie gilt, denn: {clauses}."),
    "tell.undetermined": (
        "It is applied because not everything is known that it depends on: {questions}. What is "
        "not known counts against the release.",
        "Sie wird angewandt, weil nicht alles bekannt ist, wovon sie abhängt: {questions}. Was "
        "nicht bekannt ist, zählt gegen die Freigabe.",
    ),
    "tell.undetermined.also": (
        "What is known speaks for it: {clauses}.",
        "Was bekannt ist, spricht dafür: {clauses}.",
    ),
    "tell.undetermined.line": (
        "whether this holds: {clause}",
        "ob dies gilt: {clause}",
    ),
    "tell.silent": (
        "{rule}: it does not apply because {clauses}.",
        "{rule}: Sie gilt nicht, denn: {clauses}.",
    ),
    "tell.silent.why": (
        "It does not apply because {clauses}.",
        "Sie gilt nicht, denn: {clauses}.",
    ),
    "tell.rule": ("{title} ({id})", "{title} ({id})"),
    "tell.found": ("{clause} ({names})", "{clause} ({names})"),
    "tell.columns": (
        "{n:one column|columns} {names}",
        "{n:one Spalte|Spalten} {names}",
    ),
    "tell.demands": ("It demands:", "Sie verlangt:"),
    "tell.orders": (
        "It orders for {columns}: {told}.",
        "Sie ordnet an für {columns}: {told}.",
    ),
    "tell.orders.where": (
        "For {columns}, it orders: {told}.",
        "Für {columns}, ordnet sie an: {told}.",
    ),
    "tell.blocks": ("It refuses the release.", "Sie lehnt die Freigabe ab."),
    "tell.reviews": (
        "It asks that a person looks at the release first and attests \u201c{id}\u201d.",
        "Sie verlangt, dass zunächst eine Person die Freigabe prüft und \u201e{id}\u201c "
        "bestätigt.",
    ),
    "tell.warns": ("It warns.", "Sie warnt."),
    "tell.tighten_only": (
        "This rule may never be relaxed.",
        "Diese Regel darf niemals gelockert werden.",
    ),
    "tell.because": ("Its reason: {because}", "Ihr Grund: {because}"),
    "tell.rests": ("It rests on {sources}.", "Sie stützt sich auf {sources}."),
    "tell.source": ("{cite} ({force})", "{cite} ({force})"),
    "tell.advice": ("Advice: {advice}", "Rat: {advice}"),
    "tell.measured": ("Measured: {value}. {kept}", "Gemessen: {value}. {kept}"),
    "tell.measured.of": (
        "Measured for \u201c{attribute}\u201d: {value}. {kept}",
        "Gemessen bei \u201e{attribute}\u201c: {value}. {kept}",
    ),
    "tell.expected": ("Expected: {value}. {kept}", "Erwartet: {value}. {kept}"),
    "tell.expected.of": (
        "Expected for \u201c{attribute}\u201d: {value}. {kept}",
        "Erwartet bei \u201e{attribute}\u201c: {value}. {kept}",
    ),
    "tell.kept": ("The promise is kept.", "Die Zusage ist eingehalten."),
    "tell.broken": ("The promise is not kept.", "Die Zusage ist nicht eingehalten."),
    "tell.unmeasured": ("Not measured.", "Nicht gemessen."),
    "tell.asked": ("Asked for by {rules}.", "Verlangt von {rules}."),
    "tell.asked.one": ("{rule} ({bound})", "{rule} ({bound})"),
    "tell.asked.strictest": (
        "{rule} ({bound}, the strictest)",
        "{rule} ({bound}, am strengsten)",
    ),
    "tell.asked.waived": (
        "{told}, relaxed by {waivers}",
        "{told}, gelockert durch {waivers}",
    ),
    "tell.waiver.relaxes": (
        "{id} relaxes {rule}: {new} in place of {old}.",
        "{id} lockert {rule}: {new} anstelle von {old}.",
    ),
    "tell.waiver.nothing": (
        "{id} would relax {rule} ({new} in place of {old}), but has no effect.",
        "{id} würde {rule} lockern ({new} anstelle von {old}), ist aber wirkungslos.",
    ),
    "tell.waiver.subjects": ("It is about {names}.", "Sie betrifft {names}."),
    "tell.waiver.less": ("Less than it allows: {note}", "Weniger als erlaubt: {note}"),
    "tell.waiver.why": ("The reason for that: {note}", "Der Grund dafür: {note}"),
    "tell.waiver.reason": ("It was granted because: {reason}", "Sie wurde erteilt, denn: {reason}"),
    "tell.waiver.approved": (
        "Approved by {by}, until {until:day}.",
        "Genehmigt von {by}, bis zum {until:day}.",
    ),
    "tell.asked.default": (
        "No rule speaks of it; this is the default.",
        "Keine Regel spricht davon; dies ist die Voreinstellung.",
    ),
    "tell.column": (
        "\u201c{name}\u201d is {role}: {because}",
        "\u201e{name}\u201c ist {role}: {because}",
    ),
    "tell.column.special": (
        "It holds special categories of personal data.",
        "Sie enthält besondere Kategorien personenbezogener Daten.",
    ),
    "tell.column.milder": (
        "{rule} would have called it {role}; the stricter role holds.",
        "Nach {rule} wäre sie {role}; es gilt die strengere Einstufung.",
    ),
    "tell.column.rule": ("(rule {rule})", "(Regel {rule})"),
    "tell.column.change": (
        "{told}, ordered by {rules}.",
        "{told}, angeordnet von {rules}.",
    ),
    "tell.column.hierarchy": (
        "Its hierarchy is {name} ({kind}).",
        "Ihre Hierarchie ist {name} ({kind}).",
    ),
    "tell.column.hierarchy.chosen": (
        "Its hierarchy is {name} ({kind}), chosen by {chosen} ({rule}).",
        "Ihre Hierarchie ist {name} ({kind}), gewählt nach: {chosen} ({rule}).",
    ),
    "tell.column.kept": (
        "Its values are shown as they are.",
        "Ihre Werte werden unverändert gezeigt.",
    ),
    "tell.column.level": (
        "Its values are shown on level {level} of {of} ({name}).",
        "Ihre Werte werden auf Stufe {level} von {of} gezeigt ({name}).",
    ),
    "tell.column.levels": (
        "Its values are shown on several levels: {levels}.",
        "Ihre Werte werden auf mehreren Stufen gezeigt: {levels}.",
    ),
    "tell.column.share": (
        "{share:percent} on level {level} ({name})",
        "{share:percent} auf Stufe {level} ({name})",
    ),
    "tell.column.gone": (
        "It is not in the released file.",
        "Sie ist nicht in der freigegebenen Datei.",
    ),
    "tell.column.unclassified": (
        "\u201c{name}\u201d is covered by no rule, and therefore blocks the release.",
        "\u201e{name}\u201c wird von keiner Regel erfasst und steht daher der Freigabe entgegen.",
    ),
    "tell.attested": (
        "\u201c{of}\u201d: stated by {by} on {on:day}; accepted.",
        "\u201e{of}\u201c: abgegeben von {by} am {on:day}; anerkannt.",
    ),
    "tell.attested.not": (
        "\u201c{of}\u201d: not accepted; {reason}.",
        "\u201e{of}\u201c: nicht anerkannt; {reason}.",
    ),
    "tell.attested.rules": ("Asked for by {rules}.", "Verlangt von {rules}."),
    "tell.cited": (
        "{cite}: {force}.",
        "{cite}: {force}.",
    ),
    "tell.cited.says": ("It says: {says}", "Dort steht: {says}"),
    "tell.cited.checked": ("Last checked on {day:day}.", "Zuletzt geprüft am {day:day}."),
    "tell.cited.by": ("Cited by {rules}.", "Angeführt von {rules}."),
    "tell.not_signed": (
        "The manifest {name} is signed; what it claims agrees with this report, which is not "
        "signed. {command} counts again.",
        "Das Manifest {name} ist signiert; was es zusagt, stimmt mit diesem Bericht überein, der "
        "selbst nicht signiert ist. {command} zählt nach.",
    ),
    "tell.manifest_alone": (
        "There is no report beside the manifest, so it is not known why rules applied and why "
        "columns were classified as they are.",
        "Neben dem Manifest liegt kein Bericht; daher ist nicht bekannt, warum Regeln galten und "
        "warum die Spalten so eingestuft wurden.",
    ),
    "tell.note": ("{rule}: {text}", "{rule}: {text}"),
}

_POLICY: Final[Mapping[str, tuple[str, str]]] = {
    "read.identity": (
        "This is the policy {name}, version {version}.",
        "Dies ist die Richtlinie {name}, Version {version}.",
    ),
    "read.extends": (
        "It extends {others}: everything that these demand holds as well.",
        "Sie baut auf {others} auf: Alles, was dort verlangt wird, gilt ebenfalls.",
    ),
    "read.status.draft": (
        "It is a draft.",
        "Sie ist ein Entwurf.",
    ),
    "read.status.retired": (
        "It is retired and refuses every release.",
        "Sie ist außer Kraft und lehnt jede Freigabe ab.",
    ),
    "read.from": ("It holds from {day:day} on.", "Sie gilt ab dem {day:day}."),
    "read.until": ("It holds until {day:day}.", "Sie gilt bis zum {day:day}."),
    "read.review_by": (
        "It is to be reviewed by {day:day}.",
        "Sie ist bis zum {day:day} zu überprüfen.",
    ),
    "read.applies": (
        "It applies only where this holds; otherwise, and where it is not known, the release is "
        "refused:",
        "Sie ist nur anwendbar, wenn Folgendes gilt; andernfalls, und wenn es nicht bekannt ist, "
        "wird die Freigabe abgelehnt:",
    ),
    "read.applies.always": (
        "It applies to every release.",
        "Sie ist auf jede Freigabe anwendbar.",
    ),
    "read.line": ("{clause} ({policy}).", "{clause} ({policy})."),
    "read.parameter": (
        "{name} is {value} ({policy}).",
        "{name} ist {value} ({policy}).",
    ),
    "read.parameter.higher": (
        "Extending policies may raise it, not lower it.",
        "Aufbauende Richtlinien dürfen den Wert erhöhen, nicht senken.",
    ),
    "read.parameter.lower": (
        "Extending policies may lower it, not raise it.",
        "Aufbauende Richtlinien dürfen den Wert senken, nicht erhöhen.",
    ),
    "read.parameter.fixed": (
        "Extending policies may not change it.",
        "Aufbauende Richtlinien dürfen den Wert nicht ändern.",
    ),
    "read.default_deny": (
        "A column that no entry covers blocks the release. Where several entries cover one, the "
        "strictest role holds.",
        "Eine Spalte, die von keinem Eintrag erfasst wird, steht der Freigabe entgegen. Erfassen "
        "mehrere Einträge dieselbe Spalte, gilt die strengste Einstufung.",
    ),
    "read.classify": (
        "{columns} is {role}: {because}",
        "{columns} ist {role}: {because}",
    ),
    "read.columns.names": (
        "A column named {names}",
        "Eine Spalte mit dem Namen {names}",
    ),
    "read.columns.detects": (
        "A column recognised as {detectors}",
        "Eine als {detectors} erkannte Spalte",
    ),
    "read.columns.both": (
        "A column named {names}, or recognised as {detectors}",
        "Eine Spalte mit dem Namen {names} oder eine als {detectors} erkannte",
    ),
    "read.columns.any": ("A column", "Eine Spalte"),
    "read.columns.where": (
        "{columns}, of which this holds: {condition},",
        "{columns}, für die gilt: {condition},",
    ),
    "read.columns.more": ("{names} and {n} more", "{names} und {n} weitere"),
    "read.columns.more_or": ("{names} or one of {n} more", "{names} oder einem von {n} weiteren"),
    "read.person": (
        "{columns} says whose record it is; persons are counted by it, not records: {because}",
        "{columns} sagt, wessen Datensatz es ist; nach ihr werden Personen gezählt, nicht "
        "Datensätze: {because}",
    ),
    "read.when": ("It applies where {clauses}.", "Sie gilt, wenn Folgendes zutrifft: {clauses}."),
    "read.unless": (
        "It does not apply where {clauses}.",
        "Sie gilt nicht, wenn Folgendes zutrifft: {clauses}.",
    ),
    "read.unknown_rule": (
        "A rule is also applied where it is not known whether its conditions hold. Of several "
        "demands on the same thing the strictest holds.",
        "Eine Regel wird auch dann angewandt, wenn nicht bekannt ist, ob ihre Bedingungen "
        "zutreffen. Von mehreren Anforderungen an dasselbe gilt die strengste.",
    ),
    "read.objective.full-domain": (
        "Every column gets one level of generalization; of all combinations that keep the "
        "promises the one that loses least is taken (measure \u201c{loss}\u201d).",
        "Jede Spalte erhält eine einheitliche Stufe der Generalisierung; von allen Kombinationen, "
        "die die Zusagen einhalten, wird diejenige mit dem geringsten Verlust gewählt (Maß "
        "\u201e{loss}\u201c).",
    ),
    "read.objective.local": (
        "Each record gets levels of generalization of its own, chosen by a heuristic that loses "
        "as little as it can (measure \u201c{loss}\u201d).",
        "Jeder Datensatz erhält eigene Stufen der Generalisierung, gewählt nach einer Heuristik, "
        "die möglichst wenig verliert (Maß \u201e{loss}\u201c).",
    ),
    "read.suppressed.drop": (
        "Suppressed records are left out of the file.",
        "Unterdrückte Datensätze fehlen in der Datei.",
    ),
    "read.suppressed.star": (
        "Suppressed records stay in the file, with * in place of every quasi-identifier.",
        "Unterdrückte Datensätze bleiben in der Datei, mit * an der Stelle jedes "
        "Quasi-Identifikators.",
    ),
}

PHRASES: Final[Mapping[str, tuple[str, str]]] = {**_HEADINGS, **_DECISION, **_POLICY}
