"""What the engine says of a request: why it is refused, what was noticed, what would help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PHRASES: Final[Mapping[str, tuple[str, str]]] = {
    # terms that a request brings itself
    "terms.role": ("The request says so.", "So steht es in der Anfrage."),
    "terms.title": ("What the request itself asks for", "Was die Anfrage selbst verlangt"),
    # decide
    "decide.unclassified": (
        "Column {name!r} is covered by no rule of the policy; add a 'classify' entry that says "
        "what it is.",
        "Die Spalte {name!r} wird von keiner Regel der Richtlinie erfasst; ergänzen Sie einen "
        "Eintrag unter „classify“, der sagt, was sie enthält.",
    ),
    "decide.blocked": (
        "{rule} blocks the release: {reason}",
        "{rule} steht der Freigabe entgegen: {reason}",
    ),
    "decide.review": (
        "{rule} asks for a review; attest {rule!r} once it is done: {reason}",
        "{rule} verlangt eine Prüfung durch eine Person; bestätigen Sie {rule!r}, sobald sie "
        "erfolgt ist: {reason}",
    ),
    "decide.attestation": (
        "The attestation {of!r} is missing ({reason}); {rules} asks for it.",
        "Die Erklärung {of!r} fehlt ({reason}); verlangt von {rules}.",
    ),
    "decide.objection": (
        "The reviewer {plugin!r} objects: {reason}",
        "Der Prüfer {plugin!r} erhebt Einspruch: {reason}",
    ),
    "decide.objection_to": (
        "The reviewer {plugin!r} objects to {clause}: {reason}",
        "Der Prüfer {plugin!r} erhebt Einspruch gegen {clause}: {reason}",
    ),
    "decide.asked_by": ("asked for by {rules}", "verlangt von {rules}"),
    "decide.default": ("the default", "Voreinstellung"),
    "decide.not_measured": (
        "{label} was not measured, so it counts as not met ({asked}).",
        "{label} wurde nicht gemessen und gilt daher als nicht erfüllt ({asked}).",
    ),
    "decide.not_met": (
        "{label} is not met: measured {measured:.6g} ({asked}).",
        "{label} ist nicht erfüllt: gemessen wurde {measured:.6g} ({asked}).",
    ),
    "decide.undefined": (
        "{label} is not met: measured undefined ({asked}).",
        "{label} ist nicht erfüllt: das Maß ist nicht bestimmbar ({asked}).",
    ),
    "decide.with_note": ("{reason} {note}", "{reason} {note}"),
    "decide.other_not_met": ("{label} is not met.", "{label} ist nicht erfüllt."),
    "decide.no_header": (
        "No column at all is covered. If the file has no header line, its first record was taken "
        "for one: read it with the option header=false.",
        "Keine einzige Spalte wird erfasst. Falls die Datei keine Kopfzeile hat, wurde ihr erster "
        "Datensatz dafür gehalten: Lesen Sie sie mit der Option header=false.",
    ),
    "clause.parameters": ("{measure}({inner})", "{measure}({inner})"),
    "clause.at_least": ("at least {bound:exact}", "mindestens {bound:exact}"),
    "clause.at_most": ("at most {bound:exact}", "höchstens {bound:exact}"),
    "clause.both": ("{low} and {high}", "{low} und {high}"),
    # evaluate
    "list.two": ("{first}, {other}", "{first}, {other}"),
    "rule.titled": ("{title}: {because}", "{title}: {because}"),
    "rule.undetermined": (
        "{reason} (undetermined, hence applied; not known: {names})",
        "{reason} (unbestimmt und daher angewandt; nicht bekannt: {names})",
    ),
    "policy.retired": ("the policy is retired", "die Richtlinie ist außer Kraft"),
    "policy.begins": (
        "the policy holds from {day} on",
        "die Richtlinie gilt erst ab dem {day:day}",
    ),
    "policy.ended": (
        "the policy ended on {day}",
        "die Richtlinie galt bis zum {day:day}",
    ),
    "policy.review_due": (
        "the policy should have been reviewed by {day}",
        "die Richtlinie hätte bis zum {day:day} überprüft werden sollen",
    ),
    "policy.draft": ("the policy is a draft", "die Richtlinie ist ein Entwurf"),
    "policy.not_applying": (
        "the policy does not apply because {line} is false",
        "die Richtlinie ist nicht anwendbar, denn {line} trifft nicht zu",
    ),
    "policy.maybe_applying": (
        "it is not known whether the policy applies: {names} is not given ({line})",
        "ob die Richtlinie anwendbar ist, ist nicht bekannt: {names} fehlt in den Angaben ({line})",
    ),
    "note.subjects": (
        "data.subjects is not given; the number of records, {records}, stands for it",
        "data.subjects ist nicht angegeben; an seine Stelle tritt die Zahl der Datensätze, "
        "{records}",
    ),
    "note.subjects_differ": (
        "the context states {stated:exact} as data.subjects, but there are {counted} by the "
        "person key {column!r}; that number is used",
        "als data.subjects ist {stated:exact} angegeben, nach dem Personenschlüssel {column!r} "
        "sind es aber {counted}; diese Zahl wird verwendet",
    ),
    "note.nearly_column": (
        "{entry} names {name!r}, as no column of this table is called; is {column!r} meant? (P306)",
        "{entry} nennt {name!r}, so heißt aber keine Spalte dieser Tabelle; ist {column!r} "
        "gemeint? (P306)",
    ),
    "note.no_such_column": (
        "{rule} looks for {names}, as no column of this table is called (P306)",
        "{rule} sucht {names}, so heißt aber keine Spalte dieser Tabelle (P306)",
    ),
    "note.longitudinal": (
        "the context denies {fact}, but persons have several records",
        "die Angaben verneinen {fact}, es gibt aber Personen mit mehreren Datensätzen",
    ),
    "note.special": (
        "the context denies special categories, but {n} columns hold some: {names}",
        "die Angaben verneinen besondere Kategorien personenbezogener Daten, {n} "
        "{n:one Spalte enthält|Spalten enthalten} aber solche: {names}",
    ),
    # classification, person key
    "column.two_kinds": (
        "column {name!r} cannot be two kinds at once: {kinds:and}",
        "die Spalte {name!r} kann nicht zugleich von zweierlei Art sein: {kinds:and}",
    ),
    "person.differ": (
        "the person key is {name!r} for {rule}, but {others}; all policies have to select the "
        "same column",
        "der Personenschlüssel ist {name!r} nach {rule}, aber {others}; alle Richtlinien müssen "
        "dieselbe Spalte bestimmen",
    ),
    "person.other": ("{name!r} for {rule}", "{name!r} nach {rule}"),
    "person.missing": (
        "column {name!r} is the person key, but {missing} of {records} records have no value in "
        "it, so nobody knows whose they are; give these records a key, or leave them out of the "
        "input",
        "die Spalte {name!r} ist der Personenschlüssel, aber {missing} von {records} Datensätzen "
        "haben dort keinen Wert, sodass niemand weiß, zu wem sie gehören; ergänzen Sie den "
        "Schlüssel, oder lassen Sie diese Datensätze aus der Eingabe weg",
    ),
    "person.none": (
        "no column of this table is the person key; name it under 'person', or release under a "
        "policy that counts records",
        "keine Spalte dieser Tabelle ist der Personenschlüssel; nennen Sie sie unter „person“, "
        "oder verwenden Sie eine Richtlinie, die Datensätze zählt",
    ),
    "person.several": (
        "{n} columns could be the person key: {names:quoted}; narrow 'person' to one",
        "{n} Spalten kommen als Personenschlüssel in Betracht: {names:quoted}; grenzen Sie "
        "„person“ auf eine ein",
    ),
    "person.records_counted": (
        "{fact} is true, but no policy names a person key: every measure counts records, and a "
        "class of 5 records may be one person; add 'person' to the policy",
        "{fact} trifft zu, aber keine Richtlinie nennt einen Personenschlüssel: jedes Maß zählt "
        "Datensätze, und eine Klasse von 5 Datensätzen kann eine einzige Person sein; ergänzen "
        "Sie „person“ in der Richtlinie",
    ),
    # hierarchies, objective
    "choice.hierarchies": (
        "column {name!r}: {rules:and} name a hierarchy for it and none is more specific; name "
        "the column in an entry of your own",
        "Spalte {name!r}: {rules:and} nennen je eine Hierarchie für sie, und keine Angabe ist "
        "spezifischer; nennen Sie die Spalte in einem eigenen Eintrag",
    ),
    "choice.levels": (
        "column {name!r}: least level {near!r} and {far!r} of {rule} cannot be compared; use the "
        "same words",
        "Spalte {name!r}: die Mindeststufen {near!r} und {far!r} aus {rule} sind nicht "
        "vergleichbar; verwenden Sie dieselben Bezeichnungen",
    ),
    "chosen.name": ("name", "Name"),
    "chosen.detection": ("detection as {names:and}", "Erkennung als {names:and}"),
    "chosen.condition": ("condition", "Bedingung"),
    "chosen.kind": ("kind {kind}", "Art {kind}"),
    "chosen.default": ("default", "Voreinstellung"),
    "chosen.and": ("{first} and {other}", "{first} und {other}"),
    "choice.objectives": (
        "{policies:and} state different objectives; state one in your own policy",
        "{policies:and} nennen verschiedene Ziele; legen Sie das Ziel in Ihrer eigenen "
        "Richtlinie fest",
    ),
    "choice.weights": (
        "column {name!r}: the weights of {patterns} differ and none is more specific",
        "Spalte {name!r}: die Gewichte von {patterns} unterscheiden sich, und keines ist "
        "spezifischer",
    ),
    # transforms
    "transforms.conflict": (
        "column {name!r}: {first_rule} orders {first!r} and {other_rule} orders {other!r}, of "
        "which neither does what the other does, and one after the other they would not either; "
        "narrow the columns of one",
        "Spalte {name!r}: {first_rule} ordnet {first!r} an und {other_rule} {other!r}; keines "
        "leistet, was das andere leistet, auch nicht nacheinander; grenzen Sie die Spalten einer "
        "der Regeln ein",
    ),
    "transforms.replaced": (
        "column {name!r}: {loser!r} is replaced by {winner!r} of {rule}, which is stricter",
        "Spalte {name!r}: an die Stelle von {loser!r} tritt {winner!r} aus {rule}, denn es ist "
        "strenger",
    ),
    "transforms.direct": (
        "column {name!r} is a direct identifier and no rule that applies removes or pseudonymises "
        "it",
        "die Spalte {name!r} ist ein direkter Identifikator, und keine anwendbare Regel entfernt "
        "oder pseudonymisiert sie",
    ),
    # demands
    "demand.no_attribute": (
        "{measure} concerns no sensitive attribute of this table",
        "{measure} betrifft kein sensibles Merkmal dieser Tabelle",
    ),
    "demand.impossible": (
        "{measure} is asked to be at least {low:exact} and at most {high:exact} ({rules}), which "
        "no release can be",
        "{measure} soll mindestens {low:exact} und höchstens {high:exact} betragen ({rules}), was "
        "keine Freigabe erfüllen kann",
    ),
    "attestation.none": ("nobody has attested it", "niemand hat sie abgegeben"),
    "attestation.ago": ("attested {age} days ago", "abgegeben vor {age} {age:one Tag|Tagen}"),
    "attestation.future": (
        "the attestation is dated in the future",
        "die Erklärung ist auf einen künftigen Tag datiert",
    ),
    "attestation.old": (
        "the attestation is {age} days old, but may be {limit} at most",
        "die Erklärung ist {age} Tage alt, darf aber höchstens {limit} Tage alt sein",
    ),
    # default deny
    "deny.population": (
        "{measure} compares the records that leave with the population that they are from, but no "
        "subset was given; release a table of the whole population and name the column that says "
        "who belongs to the subset (--subset, or 'subset' of a job)",
        "{measure} vergleicht die freizugebenden Datensätze mit der Grundgesamtheit, aus der sie "
        "stammen, es wurde aber keine Teilmenge angegeben; geben Sie eine Tabelle der gesamten "
        "Grundgesamtheit an und die Spalte, die sagt, wer zur Teilmenge gehört (--subset, oder "
        "„subset“ eines Auftrags)",
    ),
    "deny.form": (
        "release.form is {form!r}, but what would leave are single records ({records!r})",
        "release.form ist {form!r}, freigegeben würden aber Einzeldatensätze ({records!r})",
    ),
    "deny.unprotected": (
        "no rule that applies demands a privacy model, although the table has quasi-identifiers "
        "({names}); add a 'require', such as k-anonymity",
        "keine anwendbare Regel verlangt ein Anonymitätsmodell, obwohl die Tabelle "
        "Quasi-Identifikatoren hat ({names}); ergänzen Sie ein „require“, etwa k-Anonymität",
    ),
    "deny.waived": (
        "waivers ({waivers}) relax every privacy model, and none of those that are left asks for "
        "classes of at least two records or values; waive less",
        "Ausnahmen ({waivers}) lockern jedes Anonymitätsmodell, und keines der verbleibenden "
        "verlangt Klassen von mindestens zwei Datensätzen oder Werten; lockern Sie weniger",
    ),
    # waivers
    "waiver.rules_as_strict": (
        "{rules} demands as much",
        "{rules} verlangt ebenso viel",
    ),
    "waiver.measure_as_strict": (
        "{measure} of {rules} demands as much",
        "{measure} aus {rules} verlangt ebenso viel",
    ),
    "waiver.remains": (
        "{holds} is demanded ({rules})",
        "{holds} wird verlangt ({rules})",
    ),
    "waiver.age_held": (
        "{rules} allows no older statement",
        "{rules} lässt keine ältere Erklärung zu",
    ),
    "waiver.orders_as_much": ("{rules} orders as much", "{rules} ordnet ebenso viel an"),
    "waiver.product": ("the product", "das Programm"),
    "waiver.silences_none": (
        "applies as it would without the waivers: a waiver silences no other rule",
        "gilt so, wie sie ohne die Ausnahmen gälte: eine Ausnahme setzt keine andere Regel außer "
        "Kraft",
    ),
    "waiver.lost_level": (
        "column {name!r}: the waiver of its transform would also undo the least level {least!r}, "
        "because an entry of 'hierarchies' depends on what is done to the column; name the column "
        "in that entry instead",
        "Spalte {name!r}: die Ausnahme für ihre Umwandlung würde auch die Mindeststufe {least!r} "
        "aufheben, weil ein Eintrag unter „hierarchies“ davon abhängt, was mit der Spalte "
        "geschieht; nennen Sie die Spalte stattdessen in diesem Eintrag",
    ),
    "waiver.no_effect": (
        "the waiver of {rule} has no effect: {note}",
        "die Ausnahme von {rule} ist wirkungslos: {note}",
    ),
    "waiver.less_effect": (
        "the waiver of {rule} has less effect: {note}",
        "die Ausnahme von {rule} wirkt nur teilweise: {note}",
    ),
    "list.clauses": ("{first}; {other}", "{first}; {other}"),
    "waiver.nothing.require": (
        "no sensitive attribute of this table is in its scope",
        "kein sensibles Merkmal dieser Tabelle fällt in ihren Geltungsbereich",
    ),
    "waiver.nothing.transform": (
        "its rule orders nothing for the columns of this table that are in its scope",
        "ihre Regel ordnet nichts an für die Spalten dieser Tabelle, die in ihren Geltungsbereich "
        "fallen",
    ),
    "waiver.nothing.decide": (
        "its rule decides nothing here",
        "ihre Regel entscheidet hier nichts",
    ),
    "waiver.no_such_part": (
        "{rule} does not say {part!r}{instead}; have the waiver approved for what the rule says",
        "{rule} sagt nicht {part!r}{instead}; lassen Sie die Ausnahme für das genehmigen, was die "
        "Regel sagt",
    ),
    "waiver.not_milder": (
        "{new!r} is not surely milder than {old!r}; a waiver can only relax",
        "{new!r} ist nicht sicher milder als {old!r}; eine Ausnahme kann nur lockern",
    ),
    "waiver.bypassed": (
        "{other} extends {policy} as well, without this waiver",
        "{other} baut ebenfalls auf {policy} auf, ohne diese Ausnahme",
    ),
    "waiver.expired": ("it expired on {day}", "sie ist am {day:day} abgelaufen"),
    "waiver.idle": (
        "its rule does not apply, so there is nothing to relax",
        "ihre Regel gilt nicht, sodass es nichts zu lockern gibt",
    ),
    "waiver.scope_false": ("{line!r} is false", "{line!r} trifft nicht zu"),
    "waiver.scope_unknown": (
        "it is not known whether its scope is met: {names} is not given",
        "es ist nicht bekannt, ob ihr Geltungsbereich erfüllt ist: {names} fehlt in den Angaben",
    ),
    "waiver.strictest": (
        "{waiver} allows {by} only",
        "{waiver} erlaubt nur {by}",
    ),
    "waiver.refused_anyway": (
        "{rules} refuses the release all the same",
        "{rules} lehnt die Freigabe gleichwohl ab",
    ),
    # search
    "search.local": (
        "Local recoding has found no table either; that proves nothing. What is said to be proven "
        "is proven of full-domain generalization, with one level per column.",
        "Auch die lokale Umkodierung hat keine Tabelle gefunden; das beweist nichts. Was als "
        "bewiesen bezeichnet wird, ist für die einheitliche Generalisierung bewiesen, mit einer "
        "Stufe je Spalte.",
    ),
    "search.no_table": (
        "No table satisfies the policy: {obstacle}.",
        "Keine Tabelle erfüllt die Richtlinie: {obstacle}.",
    ),
    "search.no_generalization": (
        "No full-domain generalization satisfies the policy: {obstacle}.",
        "Keine einheitliche Generalisierung erfüllt die Richtlinie: {obstacle}.",
    ),
    "search.undecided": (
        "The search ended after {seconds:.1f} s, before it found a table that satisfies the "
        "policy and before it was proven that there is none ({closed:.1%} of {nodes:,} "
        "generalizations are ruled out).",
        "Die Suche endete nach {seconds:.1f} s, bevor eine Tabelle gefunden war, die die "
        "Richtlinie erfüllt, und bevor bewiesen war, dass es keine gibt ({closed:.1%} von "
        "{nodes:,} Generalisierungen sind ausgeschlossen).",
    ),
    "search.more_time": (
        "Give the search more time, limit the levels of columns, or ask for less.",
        "Geben Sie der Suche mehr Zeit, begrenzen Sie die Stufen der Spalten, oder verlangen Sie "
        "weniger.",
    ),
    "search.least_seen": (
        "The least suppression seen at which every model holds is {suppressed} of {records} "
        "records ({share:.1%}).",
        "Die geringste gesehene Unterdrückung, bei der jedes Modell gilt, beträgt {suppressed} "
        "von {records} Datensätzen ({share:.1%}).",
    ),
    "plan.gap": (
        "The hierarchy of column {column!r} does not cover {values} distinct {values:one value|"
        "values} in {records} {records:one record|records} ({whole:one |the first }"
        "{records:one number|numbers} {places:and}).",
        "Die Hierarchie der Spalte {column!r} deckt {values} {values:one verschiedenen Wert|"
        "verschiedene Werte} in {records} {records:one Datensatz|Datensätzen} nicht ab "
        "({whole:one |die ersten: }{records:one Nummer|Nummern} {places:and}).",
    ),
    "plan.gap.changed": (
        "The hierarchy of column {column!r} does not cover {values} distinct {values:one value|"
        "values} that transforms make.",
        "Die Hierarchie der Spalte {column!r} deckt {values} {values:one verschiedenen Wert|"
        "verschiedene Werte} nicht ab, die Umformungen ergeben.",
    ),
    "plan.no_hierarchy": (
        "No hierarchy can be used for column {column!r}: {reason}.",
        "Für die Spalte {column!r} ist keine Hierarchie brauchbar: {reason}.",
    ),
    "plan.mend_gaps": (
        "Add rows for these values to the hierarchies, correct the data, or have the policy build "
        "a hierarchy; kiaim hierarchy check says more.",
        "Ergänzen Sie die Hierarchien um Zeilen für diese Werte, berichtigen Sie die Daten, oder "
        "lassen Sie die Richtlinie eine Hierarchie bilden; kiaim hierarchy check sagt mehr.",
    ),
    "search.class_too_large": (
        "{model} needs classes of at least {size} {unit}, but there are only {available} {unit} "
        "({asked}).",
        "{model} braucht Klassen von mindestens {size} {unit}, es gibt aber nur {available} "
        "{unit} ({asked}).",
    ),
    "search.too_few_values": (
        "{model} needs at least {needed} distinct values of {attribute!r} per class, but the "
        "table has only {distinct} ({asked}).",
        "{model} braucht je Klasse mindestens {needed} verschiedene Werte von {attribute!r}, die "
        "Tabelle hat aber nur {distinct} ({asked}).",
    ),
    "unit.records": ("records", "Datensätzen"),
    "unit.persons": ("persons", "Personen"),
    "note.empty_records": (
        "{n} {n:one record has|records have} no value in any column; each is treated as a person. "
        "If they are none, delete these records from the input and release again.",
        "{n} {n:one Datensatz hat|Datensätze haben} in keiner Spalte einen Wert; jeder davon wird "
        "als Person behandelt. Sind es keine Personen, löschen Sie diese Datensätze aus der "
        "Eingabe und wiederholen Sie die Freigabe.",
    ),
    # diagnosis
    "diagnosis.incomplete": (
        "Not everything could be proven in the time that this search has; what is proven is said "
        "so.",
        "Nicht alles konnte in der Zeit bewiesen werden, die diese Suche hat; was bewiesen ist, "
        "wird als bewiesen bezeichnet.",
    ),
    "diagnosis.facts": (
        "These are facts found by search, no permissions: whether a bound may be another one is "
        "for the owner of the policy to decide.",
        "Dies sind durch Suche gefundene Tatsachen, keine Erlaubnis: ob eine Schranke eine andere "
        "sein darf, entscheidet, wer die Richtlinie verantwortet.",
    ),
    "diagnosis.alone": (
        "No table keeps {model} within the suppression limit, even by itself.",
        "Keine Tabelle hält {model} innerhalb der zulässigen Unterdrückung ein, auch nicht für "
        "sich allein.",
    ),
    "diagnosis.together": (
        "No table keeps {models} together within the suppression limit; without "
        "{which} of them one does.",
        "Keine Tabelle hält {models} zugleich innerhalb der zulässigen Unterdrückung ein; ohne "
        "{which} davon gibt es eine.",
    ),
    "diagnosis.models": ("{first} and {other}", "{first} und {other}"),
    "diagnosis.either": ("either", "eines der beiden"),
    "diagnosis.any": ("any", "ein beliebiges"),
    "diagnosis.never": (
        "No table keeps every model, however many records are suppressed.",
        "Keine Tabelle hält jedes Modell ein, wie viele Datensätze auch unterdrückt werden.",
    ),
    "diagnosis.unproven": (
        "Whether any suppression suffices is not proven.",
        "Ob irgendeine Unterdrückung genügt, ist nicht bewiesen.",
    ),
    "diagnosis.suppressed": (
        "With {records:,} of {total:,} records suppressed ({share:percent}) every model would "
        "hold; {last}.",
        "Würden {records:,} von {total:,} Datensätzen unterdrückt ({share:percent}), so gälte "
        "jedes Modell; {last}.",
    ),
    "diagnosis.no_fewer": (
        "no table suppresses fewer",
        "keine Tabelle kommt mit weniger aus",
    ),
    "diagnosis.at_least": (
        "it is proven only that at least {n:,} have to be",
        "bewiesen ist nur, dass es mindestens {n:,} sein müssen",
    ),
    "diagnosis.rest_alone": (
        "if no other model were demanded",
        "wenn kein anderes Modell verlangt wäre",
    ),
    "diagnosis.rest": ("with all else as demanded", "bei sonst gleichen Anforderungen"),
    "diagnosis.no_bound": (
        "No bound of {model} (demanded: {asked}) is feasible {rest}.",
        "Keine Schranke von {model} (verlangt: {asked}) ist erfüllbar, {rest}.",
    ),
    "diagnosis.no_bound_found": (
        "No bound of {model} (demanded: {asked}) was found feasible {rest}; that there is none is "
        "not proven.",
        "Es wurde keine erfüllbare Schranke von {model} (verlangt: {asked}) gefunden, {rest}; "
        "dass es keine gibt, ist nicht bewiesen.",
    ),
    "diagnosis.bound": (
        "{model} {asked_as} would be feasible {rest} (demanded: {asked}); {nearer}.",
        "{model} {asked_as} wäre erfüllbar, {rest} (verlangt: {asked}); {nearer}.",
    ),
    "diagnosis.exact": ("no bound nearer to it is", "keine Schranke, die näher liegt, ist es"),
    "diagnosis.inexact": (
        "that no bound nearer to it is feasible is not proven",
        "dass keine näher liegende Schranke erfüllbar ist, ist nicht bewiesen",
    ),
    "diagnosis.asked": ("{key} {bound:exact}", "{key} {bound:exact}"),
    "bound.at_least": ("at least", "mindestens"),
    "bound.at_most": ("at most", "höchstens"),
    # audit
    "audit.journalist": (
        "Worst case: the release itself is taken for the population.",
        "Ungünstigster Fall: die Freigabe selbst wird für die Grundgesamtheit gehalten.",
    ),
    "audit.population": (
        "Proven upper bound: the share of records that are unique in the release. A record that "
        "is unique in the population is unique in the release too.",
        "Bewiesene Obergrenze: der Anteil der Datensätze, die in der Freigabe einzigartig sind. "
        "Ein in der Grundgesamtheit einzigartiger Datensatz ist es auch in der Freigabe.",
    ),
    "audit.outgained": (
        "In a class a value gains more than -ln of its share in the file, which no beta allows.",
        "In einer Klasse gewinnt ein Wert mehr als -ln seines Anteils in der Datei, was kein beta "
        "zulässt.",
    ),
    "audit.no_population": (
        "No table of the population was given, only the release itself.",
        "Es wurde keine Tabelle der Grundgesamtheit angegeben, nur die Freigabe selbst.",
    ),
    "audit.undefined": (
        "Undefined: the release has no equivalence class.",
        "Nicht bestimmbar: die Freigabe hat keine Äquivalenzklasse.",
    ),
    "audit.strict": (
        "It has to be below the bound; reaching the bound itself is not enough.",
        "Der Wert muss unter der Schranke liegen; die Schranke zu erreichen genügt nicht.",
    ),
    "audit.estimated": (
        "Estimated for a sample that is {fraction} of it.",
        "Geschätzt für eine Stichprobe, die {fraction} der Grundgesamtheit ist.",
    ),
}
