"""Words for what policies speak of: facts and their values, roles, kinds, models, transforms.

A fact has a clause for each thing that can be said of it, without a capital and without a full
stop, so that clauses can be joined. Its keys, with the fact's name in place of NAME:

``fact.NAME.question``
    What is asked, as an indirect question: "it is known ...", "not known is ...".
``fact.NAME.yes``, ``fact.NAME.no``
    Of a truth value.
``fact.NAME.is``, ``fact.NAME.not``
    Of one of several values, with ``value``; a single value may have a clause of its own
    (``fact.NAME.is.VALUE``). Of lists: that it has the value.
``fact.NAME.amount``
    Of a number, with ``amount``: "fewer than 1,000".
``fact.NAME.noun``
    Of a number, where it is compared with something else than a number.
``value.NAME.VALUE``
    A value as it is put into these clauses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_RELEASE: Final[Mapping[str, tuple[str, str]]] = {
    "fact.release.access.question": (
        "who can get the release",
        "wer die Freigabe erhalten kann",
    ),
    "fact.release.access.is": ("the release is {value}", "die Freigabe ist {value}"),
    "fact.release.access.not": ("the release is not {value}", "die Freigabe ist nicht {value}"),
    "value.release.access.public": ("public", "öffentlich"),
    "value.release.access.controlled": ("controlled", "kontrolliert zugänglich"),
    "value.release.access.internal": ("internal", "intern"),
    "fact.release.form.question": (
        "in which form the data are released",
        "in welcher Form die Daten freigegeben werden",
    ),
    "fact.release.form.is": (
        "the release consists of {value}",
        "die Freigabe besteht aus {value}",
    ),
    "fact.release.form.not": (
        "the release does not consist of {value}",
        "die Freigabe besteht nicht aus {value}",
    ),
    "value.release.form.microdata": ("single records", "Einzeldatensätzen"),
    "value.release.form.aggregate": ("tables of counts", "Häufigkeitstabellen"),
    "value.release.form.synthetic": ("synthetic records", "synthetischen Datensätzen"),
    "value.release.form.document": ("text", "Text"),
    "fact.release.environment.question": (
        "where the recipient works with the data",
        "wo der Empfänger mit den Daten arbeitet",
    ),
    "fact.release.environment.is": (
        "the recipient works with the data {value}",
        "der Empfänger arbeitet mit den Daten {value}",
    ),
    "fact.release.environment.not": (
        "the recipient does not work with the data {value}",
        "der Empfänger arbeitet mit den Daten nicht {value}",
    ),
    "value.release.environment.download": ("after a download", "nach einem Download"),
    "value.release.environment.secure-environment": (
        "in a secure processing environment",
        "in einer sicheren Verarbeitungsumgebung",
    ),
    "value.release.environment.query-only": (
        "through queries only",
        "ausschließlich über Abfragen",
    ),
    "fact.release.purpose.question": ("what the release is for", "wozu die Freigabe dient"),
    "fact.release.purpose.is": ("the purpose is {value}", "der Zweck ist {value}"),
    "fact.release.purpose.not": ("the purpose is not {value}", "der Zweck ist nicht {value}"),
    "fact.release.purpose.not.regulatory": (
        "the purpose is not a regulatory procedure",
        "der Zweck ist kein Zulassungs- oder Aufsichtsverfahren",
    ),
    "fact.release.purpose.not.other": (
        "the purpose is one of those with a name",
        "der Zweck ist einer der benannten",
    ),
    "value.release.purpose.research": ("research", "Forschung"),
    "value.release.purpose.statistics": ("statistics", "Statistik"),
    "value.release.purpose.regulatory": (
        "a regulatory procedure",
        "ein Zulassungs- oder Aufsichtsverfahren",
    ),
    "value.release.purpose.care": ("care", "die Versorgung"),
    "value.release.purpose.quality-assurance": ("quality assurance", "die Qualitätssicherung"),
    "value.release.purpose.education": ("education", "die Aus- und Weiterbildung"),
    "value.release.purpose.policy-making": (
        "policy making",
        "die Vorbereitung politischer Entscheidungen",
    ),
    "value.release.purpose.product-development": (
        "product development",
        "die Produktentwicklung",
    ),
    "value.release.purpose.other": ("another one", "ein anderer"),
    "fact.release.regime.question": (
        "by which law the release is judged",
        "nach welchem Recht die Freigabe zu beurteilen ist",
    ),
    "fact.release.regime.is": (
        "the release is judged by {value}",
        "für die Freigabe gilt {value}",
    ),
    "fact.release.regime.not": (
        "the release is not judged by {value}",
        "für die Freigabe gilt nicht {value}",
    ),
    "value.release.regime.gdpr": ("the GDPR", "die DSGVO"),
    "value.release.regime.uk-gdpr": ("the UK GDPR", "die britische DSGVO"),
    "value.release.regime.ehds": ("the EHDS regulation", "die EHDS-Verordnung"),
    "value.release.regime.hipaa": ("HIPAA", "HIPAA"),
    "value.release.regime.pipeda": ("PIPEDA", "PIPEDA"),
    "value.release.regime.other": ("another law", "anderes Recht"),
    "fact.release.keeps_pseudonym.question": (
        "whether records of one person stay linkable by a pseudonym",
        "ob die Datensätze einer Person über ein Pseudonym verknüpfbar bleiben",
    ),
    "fact.release.keeps_pseudonym.yes": (
        "records of one person stay linkable by a pseudonym",
        "die Datensätze einer Person bleiben über ein Pseudonym verknüpfbar",
    ),
    "fact.release.keeps_pseudonym.no": (
        "records of one person do not stay linkable by a pseudonym",
        "die Datensätze einer Person bleiben nicht über ein Pseudonym verknüpfbar",
    ),
}

_RECIPIENT: Final[Mapping[str, tuple[str, str]]] = {
    "fact.recipient.type.question": ("who the recipient is", "wer Empfänger ist"),
    "fact.recipient.type.is": ("the recipient is {value}", "Empfänger ist {value}"),
    "fact.recipient.type.not": ("the recipient is not {value}", "Empfänger ist nicht {value}"),
    "fact.recipient.type.not.processor": (
        "the recipient is not a processor",
        "Empfänger ist kein Auftragsverarbeiter",
    ),
    "fact.recipient.type.not.research-organisation": (
        "the recipient is not a research organisation",
        "Empfänger ist keine Forschungseinrichtung",
    ),
    "fact.recipient.type.not.public-body": (
        "the recipient is not a public body",
        "Empfänger ist keine öffentliche Stelle",
    ),
    "fact.recipient.type.not.company": (
        "the recipient is not a company",
        "Empfänger ist kein Unternehmen",
    ),
    "fact.recipient.type.not.person": (
        "the recipient is not an individual",
        "Empfänger ist keine Einzelperson",
    ),
    "value.recipient.type.world": ("the general public", "die Allgemeinheit"),
    "value.recipient.type.same-controller": (
        "the controller itself",
        "der Verantwortliche selbst",
    ),
    "value.recipient.type.processor": ("a processor", "ein Auftragsverarbeiter"),
    "value.recipient.type.research-organisation": (
        "a research organisation",
        "eine Forschungseinrichtung",
    ),
    "value.recipient.type.public-body": ("a public body", "eine öffentliche Stelle"),
    "value.recipient.type.company": ("a company", "ein Unternehmen"),
    "value.recipient.type.person": ("an individual", "eine Einzelperson"),
    "fact.recipient.country.question": (
        "where the recipient is established",
        "wo der Empfänger niedergelassen ist",
    ),
    "fact.recipient.country.is": (
        "the recipient is established in {value}",
        "Sitzland des Empfängers ist {value}",
    ),
    "fact.recipient.country.not": (
        "the recipient is not established in {value}",
        "Sitzland des Empfängers ist nicht {value}",
    ),
    "fact.recipient.country.is.eu": (
        "the recipient is established in the European Union",
        "der Empfänger ist in der Europäischen Union niedergelassen",
    ),
    "fact.recipient.country.not.eu": (
        "the recipient is established outside the European Union",
        "der Empfänger ist außerhalb der Europäischen Union niedergelassen",
    ),
    "fact.recipient.country.is.eea": (
        "the recipient is established in the European Economic Area",
        "der Empfänger ist im Europäischen Wirtschaftsraum niedergelassen",
    ),
    "fact.recipient.country.not.eea": (
        "the recipient is established outside the European Economic Area",
        "der Empfänger ist außerhalb des Europäischen Wirtschaftsraums niedergelassen",
    ),
    "fact.recipient.agreement.question": (
        "what the recipient has signed",
        "was der Empfänger unterzeichnet hat",
    ),
    "fact.recipient.agreement.is": (
        "the recipient has signed {value}",
        "der Empfänger hat {value} unterzeichnet",
    ),
    "fact.recipient.agreement.not": (
        "the recipient has signed something other than {value}",
        "der Empfänger hat etwas anderes als {value} unterzeichnet",
    ),
    "fact.recipient.agreement.not.none": (
        "the recipient has signed an agreement",
        "der Empfänger hat eine Vereinbarung unterzeichnet",
    ),
    "value.recipient.agreement.none": ("nothing", "nichts"),
    "value.recipient.agreement.terms-of-use": ("terms of use", "Nutzungsbedingungen"),
    "value.recipient.agreement.data-use-agreement": (
        "a data use agreement",
        "eine Datennutzungsvereinbarung",
    ),
    "value.recipient.agreement.processor-contract": (
        "a processor contract",
        "einen Vertrag über Auftragsverarbeitung",
    ),
    "value.recipient.agreement.joint-control": (
        "an arrangement on joint control",
        "eine Vereinbarung über gemeinsame Verantwortlichkeit",
    ),
    "fact.recipient.transfer_basis.question": (
        "on which basis the data may be transferred out of the European Economic Area",
        "auf welcher Grundlage die Daten in ein Drittland übermittelt werden dürfen",
    ),
    "fact.recipient.transfer_basis.is": (
        "the basis of the transfer out of the European Economic Area is {value}",
        "Grundlage der Übermittlung in ein Drittland ist {value}",
    ),
    "fact.recipient.transfer_basis.not": (
        "the basis of the transfer out of the European Economic Area is not {value}",
        "Grundlage der Übermittlung in ein Drittland ist nicht {value}",
    ),
    "fact.recipient.transfer_basis.is.none": (
        "there is no basis for a transfer out of the European Economic Area",
        "für eine Übermittlung in ein Drittland besteht keine Grundlage",
    ),
    "fact.recipient.transfer_basis.not.none": (
        "there is a basis for a transfer out of the European Economic Area",
        "für eine Übermittlung in ein Drittland besteht eine Grundlage",
    ),
    "fact.recipient.transfer_basis.not.adequacy": (
        "the basis of the transfer out of the European Economic Area is not an adequacy decision",
        "Grundlage der Übermittlung in ein Drittland ist kein Angemessenheitsbeschluss",
    ),
    "fact.recipient.transfer_basis.not.derogation": (
        "the basis of the transfer out of the European Economic Area is not a derogation for "
        "specific situations",
        "Grundlage der Übermittlung in ein Drittland ist keine Ausnahme für bestimmte Fälle",
    ),
    "value.recipient.transfer_basis.none": ("none", "keine"),
    "value.recipient.transfer_basis.adequacy": (
        "an adequacy decision",
        "ein Angemessenheitsbeschluss",
    ),
    "value.recipient.transfer_basis.scc": (
        "the use of standard contractual clauses",
        "die Verwendung von Standardvertragsklauseln",
    ),
    "value.recipient.transfer_basis.bcr": (
        "binding corporate rules",
        "die Geltung verbindlicher interner Datenschutzvorschriften",
    ),
    "value.recipient.transfer_basis.derogation": (
        "a derogation for specific situations",
        "eine Ausnahme für bestimmte Fälle",
    ),
    "fact.recipient.safeguards.question": (
        "which measures the recipient has shown",
        "welche Maßnahmen der Empfänger nachgewiesen hat",
    ),
    "fact.recipient.safeguards.is": (
        "the recipient has shown the measure {value}",
        "der Empfänger hat die Maßnahme {value} nachgewiesen",
    ),
    "fact.recipient.safeguards.not": (
        "the recipient has not shown the measure {value}",
        "der Empfänger hat die Maßnahme {value} nicht nachgewiesen",
    ),
    "fact.recipient.controls.question": (
        "how strong the controls of the recipient are",
        "wie stark die Schutzvorkehrungen des Empfängers sind",
    ),
    "fact.recipient.controls.is": (
        "the controls of the recipient are {value}",
        "die Schutzvorkehrungen des Empfängers sind {value}",
    ),
    "fact.recipient.controls.not": (
        "the controls of the recipient are not {value}",
        "die Schutzvorkehrungen des Empfängers sind nicht {value}",
    ),
    "value.recipient.controls.low": ("weak", "schwach"),
    "value.recipient.controls.medium": ("of medium strength", "von mittlerer Stärke"),
    "value.recipient.controls.high": ("strong", "stark"),
    "fact.recipient.motive.question": (
        "how strong the motive of the recipient to re-identify persons is",
        "wie groß das Interesse des Empfängers an einer Re-Identifizierung ist",
    ),
    "fact.recipient.motive.is": (
        "the motive of the recipient to re-identify persons is {value}",
        "das Interesse des Empfängers an einer Re-Identifizierung ist {value}",
    ),
    "fact.recipient.motive.not": (
        "the motive of the recipient to re-identify persons is not {value}",
        "das Interesse des Empfängers an einer Re-Identifizierung ist nicht {value}",
    ),
    "value.recipient.motive.low": ("weak", "gering"),
    "value.recipient.motive.medium": ("of medium strength", "von mittlerer Stärke"),
    "value.recipient.motive.high": ("strong", "groß"),
}

_DATA: Final[Mapping[str, tuple[str, str]]] = {
    "fact.data.subjects.question": (
        "how many persons are in the data",
        "wie viele Personen in den Daten sind",
    ),
    "fact.data.subjects.noun": (
        "the number of persons in the data",
        "die Zahl der Personen in den Daten",
    ),
    "fact.data.subjects.amount": (
        "{amount} persons are in the data",
        "die Daten betreffen {amount} Personen",
    ),
    "fact.data.records.question": (
        "how many records the table has",
        "wie viele Datensätze die Tabelle hat",
    ),
    "fact.data.records.noun": ("the number of records", "die Zahl der Datensätze"),
    "fact.data.records.amount": (
        "the table has {amount} records",
        "die Tabelle hat {amount} Datensätze",
    ),
    "fact.data.sampling_fraction.question": (
        "which share of the population is in the data",
        "welcher Anteil der Grundgesamtheit in den Daten ist",
    ),
    "fact.data.sampling_fraction.noun": (
        "the share of the population that is in the data",
        "der Anteil der Grundgesamtheit, der in den Daten ist,",
    ),
    "fact.data.sampling_fraction.amount": (
        "the share of the population that is in the data is {amount}",
        "der Anteil der Grundgesamtheit, der in den Daten ist, beträgt {amount}",
    ),
    "fact.data.population.question": (
        "how many persons the population has",
        "wie viele Personen die Grundgesamtheit umfasst",
    ),
    "fact.data.population.noun": (
        "the number of persons in the population",
        "die Zahl der Personen in der Grundgesamtheit",
    ),
    "fact.data.population.amount": (
        "the population has {amount} persons",
        "die Grundgesamtheit umfasst {amount} Personen",
    ),
    "fact.data.longitudinal.question": (
        "whether persons have several records over time",
        "ob es zu einer Person mehrere Datensätze im Zeitverlauf gibt",
    ),
    "fact.data.longitudinal.yes": (
        "persons have several records over time",
        "zu einer Person gibt es mehrere Datensätze im Zeitverlauf",
    ),
    "fact.data.longitudinal.no": (
        "persons do not have several records over time",
        "zu einer Person gibt es nicht mehrere Datensätze im Zeitverlauf",
    ),
    "fact.data.children.question": (
        "whether children are in the data",
        "ob Kinder in den Daten sind",
    ),
    "fact.data.children.yes": ("children are in the data", "in den Daten sind Kinder"),
    "fact.data.children.no": ("no children are in the data", "in den Daten sind keine Kinder"),
    "fact.data.rare_condition.question": (
        "whether having a rare condition leads into the data",
        "ob eine seltene Erkrankung in die Daten führt",
    ),
    "fact.data.rare_condition.yes": (
        "having a rare condition leads into the data",
        "eine seltene Erkrankung führt in die Daten",
    ),
    "fact.data.rare_condition.no": (
        "having a rare condition does not lead into the data",
        "eine seltene Erkrankung führt nicht in die Daten",
    ),
    "fact.data.domain.question": ("what the data are about", "wovon die Daten handeln"),
    "fact.data.domain.is": ("the data are about {value}", "die Daten handeln von {value}"),
    "fact.data.domain.not": (
        "the data are not about {value}",
        "die Daten handeln nicht von {value}",
    ),
    "value.data.domain.health": ("health", "der Gesundheit"),
    "value.data.domain.social": ("social circumstances", "sozialen Verhältnissen"),
    "value.data.domain.education": ("education", "der Bildung"),
    "value.data.domain.employment": ("employment", "der Beschäftigung"),
    "value.data.domain.finance": ("finance", "den Finanzen"),
    "value.data.domain.mobility": ("mobility", "der Mobilität"),
    "value.data.domain.census": ("a census", "einer Volkszählung"),
    "value.data.domain.justice": ("justice", "der Justiz"),
    "value.data.domain.other": ("something else", "etwas anderem"),
    "fact.data.special_category.question": (
        "whether special categories of personal data are in the data",
        "ob die Daten besondere Kategorien personenbezogener Daten enthalten",
    ),
    "fact.data.special_category.yes": (
        "special categories of personal data are in the data",
        "die Daten enthalten besondere Kategorien personenbezogener Daten",
    ),
    "fact.data.special_category.no": (
        "no special categories of personal data are in the data",
        "die Daten enthalten keine besonderen Kategorien personenbezogener Daten",
    ),
    "fact.data.criminal_records.question": (
        "whether criminal convictions are in the data",
        "ob die Daten Angaben über strafrechtliche Verurteilungen enthalten",
    ),
    "fact.data.criminal_records.yes": (
        "criminal convictions are in the data",
        "die Daten enthalten Angaben über strafrechtliche Verurteilungen",
    ),
    "fact.data.criminal_records.no": (
        "no criminal convictions are in the data",
        "die Daten enthalten keine Angaben über strafrechtliche Verurteilungen",
    ),
}

_LEGAL: Final[Mapping[str, tuple[str, str]]] = {
    "fact.legal.art6.question": (
        "which legal ground of GDPR Art. 6(1) the processing has",
        "auf welche Rechtsgrundlage des Art. 6 Abs. 1 DSGVO sich die Verarbeitung stützt",
    ),
    "fact.legal.art6.is": (
        "the legal ground is GDPR Art. 6(1), point {value}",
        "Rechtsgrundlage ist Art. 6 Abs. 1 DSGVO, Buchstabe {value}",
    ),
    "fact.legal.art6.not": (
        "the legal ground is not GDPR Art. 6(1), point {value}",
        "Rechtsgrundlage ist nicht Art. 6 Abs. 1 DSGVO, Buchstabe {value}",
    ),
    "fact.legal.art9.question": (
        "which exception of GDPR Art. 9(2) holds for special categories",
        "welche Ausnahme des Art. 9 Abs. 2 DSGVO für besondere Kategorien gilt",
    ),
    "fact.legal.art9.is": (
        "the exception for special categories is GDPR Art. 9(2), point {value}",
        "für besondere Kategorien gilt die Ausnahme des Art. 9 Abs. 2 DSGVO, Buchstabe {value}",
    ),
    "fact.legal.art9.not": (
        "the exception for special categories is not GDPR Art. 9(2), point {value}",
        "für besondere Kategorien gilt nicht die Ausnahme des Art. 9 Abs. 2 DSGVO, Buchstabe "
        "{value}",
    ),
    "fact.legal.art9.is.none": (
        "no exception of GDPR Art. 9(2) holds for special categories",
        "für besondere Kategorien gilt keine Ausnahme des Art. 9 Abs. 2 DSGVO",
    ),
    "fact.legal.art9.not.none": (
        "an exception of GDPR Art. 9(2) holds for special categories",
        "für besondere Kategorien gilt eine Ausnahme des Art. 9 Abs. 2 DSGVO",
    ),
    "value.legal.art9.none": ("none", "keine"),
    "fact.legal.dpia.question": (
        "whether the data protection impact assessment was done",
        "ob die Datenschutz-Folgenabschätzung durchgeführt wurde",
    ),
    "fact.legal.dpia.is": (
        "the data protection impact assessment is {value}",
        "die Datenschutz-Folgenabschätzung ist {value}",
    ),
    "fact.legal.dpia.not": (
        "the data protection impact assessment is not {value}",
        "die Datenschutz-Folgenabschätzung ist nicht {value}",
    ),
    "fact.legal.dpia.not.missing": (
        "the data protection impact assessment is not missing",
        "die Datenschutz-Folgenabschätzung fehlt nicht",
    ),
    "fact.legal.dpia.is.missing": (
        "the data protection impact assessment is missing",
        "die Datenschutz-Folgenabschätzung fehlt",
    ),
    "fact.legal.dpia.not.not-required": (
        "a data protection impact assessment is required",
        "eine Datenschutz-Folgenabschätzung ist erforderlich",
    ),
    "value.legal.dpia.done": ("done", "durchgeführt"),
    "value.legal.dpia.missing": ("missing", "nicht vorhanden"),
    "value.legal.dpia.not-required": ("not required", "nicht erforderlich"),
    "fact.attested.question": ("which statements were given", "welche Erklärungen vorliegen"),
    "fact.attested.is": (
        "the statement {value} was given",
        "die Erklärung {value} liegt vor",
    ),
    "fact.attested.not": (
        "the statement {value} was not given",
        "die Erklärung {value} liegt nicht vor",
    ),
}

_COLUMN: Final[Mapping[str, tuple[str, str]]] = {
    "fact.column.name.question": ("what it is called", "wie sie heißt"),
    "fact.column.name.is": ("it is called {value}", "sie heißt {value}"),
    "fact.column.name.not": ("it is not called {value}", "sie heißt nicht {value}"),
    "fact.column.type.question": (
        "of which type its values are",
        "von welchem Typ ihre Werte sind",
    ),
    "fact.column.type.is": ("its values are {value}", "ihre Werte sind {value}"),
    "fact.column.type.not": ("its values are not {value}", "ihre Werte sind keine {value}"),
    "fact.column.type.not.integer": (
        "its values are not whole numbers",
        "ihre Werte sind keine ganzen Zahlen",
    ),
    "value.column.type.text": ("texts", "Texte"),
    "value.column.type.integer": ("whole numbers", "ganze Zahlen"),
    "value.column.type.number": ("numbers", "Zahlen"),
    "value.column.type.date": ("dates", "Datumsangaben"),
    "value.column.type.timestamp": ("timestamps", "Zeitstempel"),
    "value.column.type.boolean": ("truth values", "Wahrheitswerte"),
    "fact.column.distinct_share.question": (
        "how many different values it has per record",
        "wie viele verschiedene Werte sie je Datensatz hat",
    ),
    "fact.column.distinct_share.noun": (
        "the number of its different values per record",
        "die Zahl ihrer verschiedenen Werte je Datensatz",
    ),
    "fact.column.distinct_share.amount": (
        "the number of its different values is {amount} of the number of records",
        "die Zahl ihrer verschiedenen Werte beträgt {amount} der Zahl der Datensätze",
    ),
    "fact.column.detected.question": (
        "as what its values were recognised",
        "als was ihre Werte erkannt wurden",
    ),
    "fact.column.detected.is": (
        "its values were recognised as {value}",
        "ihre Werte wurden als {value} erkannt",
    ),
    "fact.column.detected.not": (
        "its values were not recognised as {value}",
        "ihre Werte wurden nicht als {value} erkannt",
    ),
    "fact.column.granularity.question": (
        "how fine its dates are",
        "wie genau ihre Zeitangaben sind",
    ),
    "fact.column.granularity.is": ("its dates are {value}", "ihre Zeitangaben sind {value}"),
    "fact.column.granularity.not": (
        "its dates are not {value}",
        "ihre Zeitangaben sind nicht {value}",
    ),
    "value.column.granularity.exact": ("exact to the moment", "auf den Zeitpunkt genau"),
    "value.column.granularity.day": ("exact to the day", "tagesgenau"),
    "value.column.granularity.week": ("exact to the week", "wochengenau"),
    "value.column.granularity.month": ("exact to the month", "monatsgenau"),
    "value.column.granularity.quarter": ("exact to the quarter", "quartalsgenau"),
    "value.column.granularity.year": ("exact to the year", "jahresgenau"),
    "value.column.granularity.decade": ("exact to the decade", "auf das Jahrzehnt genau"),
    "fact.column.role.question": (
        "what it was classified as",
        "als was sie eingestuft wurde",
    ),
    "fact.column.role.is": ("it is {value}", "sie ist {value}"),
    "fact.column.role.not": ("it is not {value}", "sie ist nicht {value}"),
    "fact.column.role.not.direct": (
        "it is not a direct identifier",
        "sie ist kein direkter Identifikator",
    ),
    "fact.column.role.not.quasi": (
        "it is not a quasi-identifier",
        "sie ist kein Quasi-Identifikator",
    ),
    "fact.column.role.not.sensitive": (
        "it is not a sensitive attribute",
        "sie ist kein sensibles Merkmal",
    ),
    "fact.column.role.not.insensitive": (
        "it is not an insensitive attribute",
        "sie ist kein nicht sensibles Merkmal",
    ),
    "value.column.role.direct": ("a direct identifier", "ein direkter Identifikator"),
    "value.column.role.quasi": ("a quasi-identifier", "ein Quasi-Identifikator"),
    "value.column.role.sensitive": ("a sensitive attribute", "ein sensibles Merkmal"),
    "value.column.role.insensitive": ("an insensitive attribute", "ein nicht sensibles Merkmal"),
    "fact.column.kind.question": ("what its values speak of", "wovon ihre Werte handeln"),
    "fact.column.kind.is": ("it holds {value}", "sie enthält {value}"),
    "fact.column.kind.not": (
        "it holds something other than {value}",
        "sie enthält etwas anderes als {value}",
    ),
    "value.column.kind.name": ("names", "Namen"),
    "value.column.kind.contact": ("contact details", "Kontaktdaten"),
    "value.column.kind.identifier": ("identifiers", "Kennungen"),
    "value.column.kind.date": ("dates", "Datumsangaben"),
    "value.column.kind.age": ("ages", "Altersangaben"),
    "value.column.kind.geography": ("places", "Ortsangaben"),
    "value.column.kind.free-text": ("free text", "Freitext"),
    "value.column.kind.image": ("images", "Bilder"),
    "value.column.kind.genetic": ("genetic data", "genetische Daten"),
    "value.column.kind.biometric": ("biometric data", "biometrische Daten"),
    "value.column.kind.code": ("codes", "Schlüssel"),
    "value.column.kind.measurement": ("measurements", "Messwerte"),
    "value.column.kind.other": ("other values", "sonstige Angaben"),
    "fact.column.special_category.question": (
        "whether it holds special categories of personal data",
        "ob sie besondere Kategorien personenbezogener Daten enthält",
    ),
    "fact.column.special_category.yes": (
        "it holds special categories of personal data",
        "sie enthält besondere Kategorien personenbezogener Daten",
    ),
    "fact.column.special_category.no": (
        "it holds no special categories of personal data",
        "sie enthält keine besonderen Kategorien personenbezogener Daten",
    ),
    "fact.column.action.question": ("what is done to it", "was mit ihr geschieht"),
    "fact.column.action.is": ("it is {value}", "sie wird {value}"),
    "fact.column.action.not": ("it is not {value}", "sie wird nicht {value}"),
    "value.column.action.keep": ("kept", "beibehalten"),
    "value.column.action.mask": ("masked", "maskiert"),
    "value.column.action.round": ("rounded", "gerundet"),
    "value.column.action.top-code": ("coded at the top", "nach oben begrenzt"),
    "value.column.action.bottom-code": ("coded at the bottom", "nach unten begrenzt"),
    "value.column.action.generalise": ("generalised", "generalisiert"),
    "value.column.action.micro-aggregate": ("micro-aggregated", "mikroaggregiert"),
    "value.column.action.pseudonymise": ("pseudonymised", "pseudonymisiert"),
    "value.column.action.remove": ("removed", "entfernt"),
}

_HIERARCHIES: Final[Mapping[str, tuple[str, str]]] = {
    "hierarchy.kind.request": ("from the request", "aus der Anfrage"),
    "hierarchy.kind.shipped": ("shipped", "mitgeliefert"),
    "hierarchy.kind.builder": ("builder", "erzeugt"),
}

_CONDITIONS: Final[Mapping[str, tuple[str, str]]] = {
    "condition.brackets": ("({inner})", "({inner})"),
    "condition.known": ("it is known {question}", "es ist bekannt, {question}"),
    "condition.not_known": ("it is not known {question}", "es ist nicht bekannt, {question}"),
    "condition.any": (
        "there is a column of which this holds: {body}",
        "es gibt eine Spalte, für die gilt: {body}",
    ),
    "condition.no": (
        "there is no column of which this holds: {body}",
        "es gibt keine Spalte, für die gilt: {body}",
    ),
    "condition.every": (
        "of every column of which this holds: {body}, this holds as well: {then}",
        "für jede Spalte, für die gilt: {body}, gilt auch: {then}",
    ),
    "condition.not_every": (
        "there is a column of which this holds: {body}, but not this: {then}",
        "es gibt eine Spalte, für die gilt: {body}, aber nicht: {then}",
    ),
    "amount.exactly": ("exactly {number}", "genau {number}"),
    "amount.other": ("not exactly {number}", "nicht genau {number}"),
    "amount.below": ("fewer than {number}", "weniger als {number}"),
    "amount.less": ("less than {number}", "weniger als {number}"),
    "amount.at_most": ("at most {number}", "höchstens {number}"),
    "amount.above": ("more than {number}", "mehr als {number}"),
    "amount.at_least": ("at least {number}", "mindestens {number}"),
    "compare.exactly": ("{left} is the same as {right}", "{left} ist gleich {right}"),
    "compare.other": ("{left} is not the same as {right}", "{left} ist nicht gleich {right}"),
    "compare.below": ("{left} is below {right}", "{left} ist kleiner als {right}"),
    "compare.at_most": ("{left} is at most {right}", "{left} ist höchstens {right}"),
    "compare.above": ("{left} is above {right}", "{left} ist größer als {right}"),
    "compare.at_least": ("{left} is at least {right}", "{left} ist mindestens {right}"),
    "compare.in": ("{left} is one of {right}", "{left} ist eines von {right}"),
    "compare.not_in": ("{left} is none of {right}", "{left} ist keines von {right}"),
    "compare.answer": ("the answer to {question}", "die Antwort darauf, {question},"),
    "compare.count": (
        "the number of columns of which this holds: {body},",
        "die Zahl der Spalten, für die gilt: {body},",
    ),
    "value.quoted": ("\u201c{value}\u201d", "\u201e{value}\u201c"),
    "value.none": ("nothing is stated of {question}", "keine Angabe dazu, {question}"),
    "word.and": ("and", "und"),
    "word.or": ("or", "oder"),
    "word.nor": ("nor", "noch"),
    "value.neither": ("neither {first} nor {others}", "weder {first} noch {others}"),
    "columns.where": (
        "every column of which this holds: {condition}",
        "jede Spalte, für die gilt: {condition}",
    ),
}

_ROLES: Final[Mapping[str, tuple[str, str]]] = {
    "role.direct": ("direct identifier", "direkter Identifikator"),
    "role.quasi": ("quasi-identifier", "Quasi-Identifikator"),
    "role.sensitive": ("sensitive attribute", "sensibles Merkmal"),
    "role.insensitive": ("insensitive attribute", "nicht sensibles Merkmal"),
    "roles.direct": ("all direct identifiers", "alle direkten Identifikatoren"),
    "roles.quasi": ("all quasi-identifiers", "alle Quasi-Identifikatoren"),
    "roles.sensitive": ("all sensitive attributes", "alle sensiblen Merkmale"),
    "roles.insensitive": ("all insensitive attributes", "alle nicht sensiblen Merkmale"),
    "kind.name": ("name", "Name"),
    "kind.contact": ("contact", "Kontaktdaten"),
    "kind.identifier": ("identifier", "Kennung"),
    "kind.date": ("date", "Datum"),
    "kind.age": ("age", "Alter"),
    "kind.geography": ("geography", "Ort"),
    "kind.free-text": ("free text", "Freitext"),
    "kind.image": ("image", "Bild"),
    "kind.genetic": ("genetic", "genetische Angabe"),
    "kind.biometric": ("biometric", "biometrische Angabe"),
    "kind.code": ("code", "Schlüssel"),
    "kind.measurement": ("measurement", "Messwert"),
    "kind.other": ("other", "Sonstiges"),
    "source.law": ("law", "Gesetz"),
    "source.case-law": ("court decision", "Gerichtsentscheidung"),
    "source.guidance": (
        "guidance of an authority, not law",
        "Leitlinie einer Behörde, kein Gesetz",
    ),
    "source.standard": ("standard, not law", "Norm, kein Gesetz"),
    "source.contract": ("contract term", "Vertragsbedingung"),
    "source.convention": (
        "convention, without legal force",
        "Konvention, ohne rechtliche Bindung",
    ),
    "verdict.release": ("Released", "Freigegeben"),
    "verdict.review": ("Review needed", "Prüfung erforderlich"),
    "verdict.refuse": ("Refused", "Abgelehnt"),
    "decide.word.block": ("refusal", "Ablehnung"),
    "decide.word.review": ("review by a person", "Prüfung durch eine Person"),
    "decide.word.warn": ("warning", "Warnung"),
    "decide.word.none": ("no decision", "keine Entscheidung"),
    "attacker.prosecutor": (
        "somebody who knows that the person is in the data (prosecutor)",
        "jemanden, der weiß, dass die Person in den Daten ist (Prosecutor)",
    ),
    "attacker.journalist": (
        "somebody who does not know who is in the data (journalist)",
        "jemanden, der nicht weiß, wer in den Daten ist (Journalist)",
    ),
    "attacker.marketer": (
        "somebody who tries to link as many records as possible (marketer)",
        "jemanden, der möglichst viele Datensätze zuordnen will (Marketer)",
    ),
    "estimator.zayatz": ("Zayatz\u2019 estimator", "Schätzer von Zayatz"),
    "estimator.pitman": ("Pitman\u2019s model", "Modell von Pitman"),
    "estimator.snb": ("slide negative binomial model", "SNB-Modell"),
    "estimator.dankar": (
        "decision rule of Dankar et al.",
        "Entscheidungsregel von Dankar et al.",
    ),
    "truth.true": ("true", "wahr"),
    "truth.false": ("false", "falsch"),
    "truth.unknown": ("unknown", "unbekannt"),
    "language.in.en": ("in English", "auf Englisch"),
    "language.in.de": ("in German", "auf Deutsch"),
}

_TRANSFORMS: Final[Mapping[str, tuple[str, str]]] = {
    "transform.keep": ("it is kept as it is", "sie bleibt, wie sie ist"),
    "transform.remove": ("it is removed", "sie wird entfernt"),
    "transform.pseudonymise": (
        "its values become pseudonyms",
        "ihre Werte werden durch Pseudonyme ersetzt",
    ),
    "transform.generalise": ("it is generalised", "sie wird generalisiert"),
    "transform.mask": ("its values are masked", "ihre Werte werden maskiert"),
    "transform.round": ("its values are rounded", "ihre Werte werden gerundet"),
    "transform.top-code": (
        "its values are coded at the top",
        "ihre Werte werden nach oben begrenzt",
    ),
    "transform.bottom-code": (
        "its values are coded at the bottom",
        "ihre Werte werden nach unten begrenzt",
    ),
    "transform.micro-aggregate": (
        "its values are micro-aggregated",
        "ihre Werte werden mikroaggregiert",
    ),
    "transform.three-digit-zip": (
        "its ZIP codes are cut to three digits, to 000 where few people live",
        "ihre ZIP-Codes werden auf drei Stellen gekürzt, auf 000 in Gebieten mit wenigen "
        "Einwohnern",
    ),
    "order.keep": ("no change", "keine Änderung"),
    "order.remove": ("removal", "Entfernung"),
    "order.pseudonymise": ("pseudonyms in place of the values", "Ersetzung durch Pseudonyme"),
    "order.generalise": ("generalisation", "Generalisierung"),
    "order.mask": ("masking of the values", "Maskierung der Werte"),
    "order.round": ("rounding of the values", "Rundung der Werte"),
    "order.top-code": ("coding of the values at the top", "Begrenzung der Werte nach oben"),
    "order.bottom-code": ("coding of the values at the bottom", "Begrenzung der Werte nach unten"),
    "order.micro-aggregate": ("micro-aggregation", "Mikroaggregation"),
    "order.three-digit-zip": (
        "ZIP codes of three digits, 000 where few people live",
        "ZIP-Codes mit drei Stellen, 000 in Gebieten mit wenigen Einwohnern",
    ),
    "order.other": ("the transform {name!r}", "die Umwandlung {name!r}"),
    "transform.other": ("{name!r} is applied to it", "auf sie wird {name!r} angewandt"),
    "transform.with": ("{told} ({inner})", "{told} ({inner})"),
    "parameter.to": ("to: {value}", "auf: {value}"),
    "parameter.above": ("above {value}", "über {value}"),
    "parameter.below": ("below {value}", "unter {value}"),
    "parameter.step": ("step {value}", "Schrittweite {value}"),
    "parameter.label": ("shown as {value}", "gezeigt als {value}"),
    "parameter.scope": ("scope: {value}", "Reichweite: {value}"),
    "parameter.key": ("key: {value}", "Schlüssel: {value}"),
    "parameter.more_than": (
        "digits only where more than {value} people live",
        "Ziffern nur, wo mehr als {value} Menschen leben",
    ),
    "parameter.reference": ("by the table {value}", "nach der Tabelle {value}"),
    "parameter.other": ("{name}: {value}", "{name}: {value}"),
    "period.day": ("day", "Tag"),
    "period.week": ("week", "Woche"),
    "period.month": ("month", "Monat"),
    "period.quarter": ("quarter", "Quartal"),
    "period.year": ("year", "Jahr"),
    "period.decade": ("decade", "Jahrzehnt"),
}

#: Countries by their code, as they stand after "ist" and after "in".
_COUNTRIES: Final[Mapping[str, tuple[str, str]]] = {
    f"value.recipient.country.{code}": names
    for code, names in {
        "AT": ("Austria", "Österreich"),
        "BE": ("Belgium", "Belgien"),
        "CA": ("Canada", "Kanada"),
        "CH": ("Switzerland", "die Schweiz"),
        "CN": ("China", "China"),
        "CZ": ("Czechia", "Tschechien"),
        "DE": ("Germany", "Deutschland"),
        "DK": ("Denmark", "Dänemark"),
        "EE": ("Estonia", "Estland"),
        "ES": ("Spain", "Spanien"),
        "FI": ("Finland", "Finnland"),
        "FR": ("France", "Frankreich"),
        "GB": ("the United Kingdom", "das Vereinigte Königreich"),
        "IE": ("Ireland", "Irland"),
        "IL": ("Israel", "Israel"),
        "IN": ("India", "Indien"),
        "IT": ("Italy", "Italien"),
        "JP": ("Japan", "Japan"),
        "LU": ("Luxembourg", "Luxemburg"),
        "NL": ("the Netherlands", "die Niederlande"),
        "NO": ("Norway", "Norwegen"),
        "PL": ("Poland", "Polen"),
        "PT": ("Portugal", "Portugal"),
        "SE": ("Sweden", "Schweden"),
        "US": ("the United States", "die Vereinigten Staaten"),
    }.items()
}

PHRASES: Final[Mapping[str, tuple[str, str]]] = {
    **_RELEASE,
    **_RECIPIENT,
    **_DATA,
    **_LEGAL,
    **_COLUMN,
    **_CONDITIONS,
    **_HIERARCHIES,
    **_ROLES,
    **_TRANSFORMS,
    **_COUNTRIES,
}
