"""Tells an explanation as prose that can be read aloud."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from kiaim_server.language import Formatter, has_phrase, numbers, phrase
from kiaim_server.language.conditions import clause, columns, fact_value
from kiaim_server.model.explanation import (
    ExplainedAsk,
    ExplainedColumn,
    ExplainedDemand,
    ExplainedFact,
    ExplainedHierarchy,
    ExplainedLine,
    ExplainedOrder,
    ExplainedRule,
    ExplainedSource,
    ExplainedWaiver,
    Explanation,
)
from kiaim_server.model.policy_explanation import WrittenRule
from kiaim_server.report import words
from kiaim_server.report.blocks import Block, ended, sentence

#: Columns that a sentence names at most.
_NAMED: Final = 8
_DEMANDS: Final = {"decision": "demands", "plan": "expected", "context": "demanded"}


def tell(explanation: Explanation, language: str) -> list[Block]:
    """The whole explanation in the language; what is not there in it is marked with its own."""
    teller = Teller(explanation, language)
    return [*teller.opening(), *teller.body()]


class Teller:
    """Tells the parts of one explanation; reports take them one by one."""

    def __init__(self, explanation: Explanation, language: str) -> None:
        self.data = explanation
        self.language = language
        self.rules = {rule["id"]: rule for rule in explanation["rules"]}
        self.sources = {source["id"]: source for source in explanation["sources"]}

    # --- the whole

    def opening(self) -> Iterator[Block]:
        """Title, policies, verdict and what stands against a release."""
        data = self.data
        yield Block("title", self._title())
        for sentence_ in self._policies():
            yield Block("paragraph", sentence_)
        if data["verdict"] is None:
            yield Block("paragraph", self.say("tell.context.nothing"))
            if data["table"] is None:
                yield Block("paragraph", self.say("tell.context.no_table"))
        else:
            stage = "planned" if data["stage"] == "plan" else "decided"
            key = f"tell.{stage}.{data['verdict']}"
            yield Block("paragraph", self.say(key, n=len(data["reasons"])))
        if data["person"] is not None:
            yield Block("paragraph", self.say("tell.persons", column=data["person"]))
        yield from self._texts("tell.head.reasons", data["reasons"])
        yield from self._texts("tell.head.advice", data["advice"])

    def body(self) -> Iterator[Block]:
        """Facts, rules, demands, columns, statements, sources, notes and limits."""
        data = self.data
        yield from self._listed("tell.head.facts", list(self.facts()))
        applied = [rule for rule in data["rules"] if rule["status"] != "silent"]
        if applied:
            yield self._heading("tell.head.applied")
        for rule in applied:
            yield from self._rule(rule)
        silent = [rule for rule in data["rules"] if rule["status"] == "silent"]
        yield from self._listed("tell.head.silent", [self.why_silent(rule) for rule in silent])
        yield from self._demands()
        yield from self._columns()
        yield from self._listed(
            "tell.head.attestations", [self.statement(one) for one in data["attestations"]]
        )
        yield from self._listed("tell.head.waivers", [self.waiver(one) for one in data["waivers"]])
        yield from self._listed(
            "tell.head.sources", [self.source(source) for source in data["sources"]]
        )
        yield from self._listed("tell.head.notes", [self.note(note) for note in data["notes"]])
        yield from self._texts("tell.head.not_covered", data["not_covered"])

    # --- parts, also for reports

    def say(self, key: str, /, **values: Any) -> str:
        """A phrase in the language."""
        return phrase(key, self.language, **values)

    def text(self, texts: Mapping[str, str]) -> str:
        """A text in the language, or marked with its own."""
        return words.text(dict(texts), self.language)

    def full(self, texts: Mapping[str, str]) -> str:
        """A text as a sentence."""
        return self.text({language: ended(text) for language, text in texts.items()})

    def name(self, rule: str) -> str:
        """A rule by its title, if that is there in the language, and its id."""
        known = self.rules.get(rule)
        title = known["title"].get(self.language) if known else None
        return self.say("tell.rule", title=title, id=rule) if title else rule

    def fact(self, fact: ExplainedFact) -> str:
        """A fact of the release as a sentence, with where it comes from."""
        told = fact_value(fact["name"], fact["value"], self.language)
        key = "tell.fact" if fact["origin"] == "given" else f"tell.fact.{fact['origin']}"
        return sentence(self.say(key, clause=told))

    def facts(self) -> Iterator[str]:
        """What was stated or counted, and what rules looked at in vain."""
        known = {fact["name"]: fact for fact in self.data["facts"] if fact["value"] is not None}
        yield from map(self.fact, known.values())
        unknown = {
            fact["name"]: None
            for rule in self.data["rules"]
            for line in rule["lines"]
            for fact in line["facts"]
            if fact["value"] is None and fact["name"] not in known
        }
        questions = [self.say(f"fact.{name}.question") for name in unknown]
        if questions:
            yield self.say("tell.unknown", questions="; ".join(questions))

    def why(self, rule: ExplainedRule) -> list[str]:
        """Why a rule applies, in one or two sentences."""
        if not rule["lines"]:
            return [self.say("tell.always")]
        known = [self._line(line) for line in rule["lines"] if line["value"] != "unknown"]
        if rule["status"] == "applies":
            return [self.say("tell.applies", clauses="; ".join(known))]
        open_ = [
            question
            for line in rule["lines"]
            if line["value"] == "unknown"
            for question in self._questions(line)
        ]
        told = [self.say("tell.undetermined", questions="; ".join(dict.fromkeys(open_)))]
        return [*told, self.say("tell.undetermined.also", clauses="; ".join(known))][
            : 2 if known else 1
        ]

    def why_silent(self, rule: ExplainedRule) -> str:
        """Why a rule does not apply, with its name."""
        return self.say(
            "tell.silent", rule=self.name(rule["id"]), clauses="; ".join(self._against(rule))
        )

    def why_not(self, rule: ExplainedRule) -> str:
        """Why a rule does not apply."""
        return self.say("tell.silent.why", clauses="; ".join(self._against(rule)))

    def _against(self, rule: ExplainedRule) -> list[str]:
        return [
            self._line(line)
            for line in rule["lines"]
            if line["value"] == ("false" if line["clause"] == "when" else "true")
        ]

    def effects(self, rule: ExplainedRule | WrittenRule) -> list[str]:
        """What a rule does where it applies, apart from what it demands."""
        found = [self.order(change) for change in rule["changes"]]
        if rule["decide"] == "block":
            found.append(self.say("tell.blocks"))
        elif rule["decide"] == "review":
            found.append(self.say("tell.reviews", id=rule["id"]))
        elif rule["decide"] == "warn":
            found.append(self.say("tell.warns"))
        if rule["tighten_only"]:
            found.append(self.say("tell.tighten_only"))
        return found

    def ask(self, ask: ExplainedAsk) -> str:
        """A demand of a rule as a sentence."""
        return words.promise({**ask, "attribute": None}, self.language)

    def order(self, change: ExplainedOrder) -> str:
        """What a rule orders for which columns."""
        chosen, plain = columns(change["columns"], self.language)
        key = "tell.orders" if plain else "tell.orders.where"
        return self.say(key, columns=chosen, told=self.transform(change, "order."))

    def transform(self, change: Mapping[str, Any], form: str = "transform.") -> str:
        """A transform with its parameters: as a clause about a column, or as an order."""
        name = change["transform"]
        key = f"{form}{name}"
        told = self.say(key if has_phrase(key) else f"{form}other", name=name)
        inner = [
            self._parameter(key, value)
            for key, value in change["parameters"].items()
            if value is not None
        ]
        return self.say("transform.with", told=told, inner=", ".join(inner)) if inner else told

    def rests(self, ids: Sequence[str]) -> str:
        """What a rule rests on, each source with its force."""
        found = [self.cited(self.sources[id_]) for id_ in ids if id_ in self.sources]
        joined = Formatter(self.language).joined(found, self.say("word.and"))
        return self.say("tell.rests", sources=joined) if found else ""

    def cited(self, source: ExplainedSource) -> str:
        """A source with its force."""
        force = words.force(source["kind"], self.language)
        return self.say("tell.source", cite=self._title_of(source), force=force)

    def _title_of(self, source: ExplainedSource) -> str:
        """The name of a source; one that is not there in the language needs no mark."""
        cite = source["cite"]
        return cite.get(self.language) or next(iter(cite.values()), "")

    def source(self, source: ExplainedSource) -> str:
        """A source with all that is known of it."""
        cite = self._title_of(source)
        parts = [
            self.say("tell.cited", cite=cite, force=words.force(source["kind"], self.language))
        ]
        if source["says"]:
            parts.append(self.say("tell.cited.says", says=self.full(source["says"])))
        if source["checked"]:
            parts.append(self.say("tell.cited.checked", day=source["checked"]))
        parts.append(self.say("tell.cited.by", rules=", ".join(source["cited_by"])))
        if source["url"]:
            parts.append(source["url"])
        return " ".join(parts)

    def demand(self, demand: ExplainedDemand) -> list[str]:
        """A demand, what was measured, and who asks for it."""
        parts = [self.promise(demand)]
        if demand["state"] == "unmeasured":
            if self.data["stage"] == "decision":
                parts.append(self.say("tell.unmeasured"))
        else:
            parts += [self._measured(demand, measured) for measured in demand["measured"]]
        parts.append(self.asked(demand))
        return parts

    def promise(self, demand: ExplainedDemand) -> str:
        """What a demand means, for each attribute that it is about."""
        attributes: list[str | None] = [*demand["attributes"]] or [None]
        return " ".join(
            words.promise({**demand, "attribute": attribute}, self.language)
            for attribute in attributes
        )

    def asked(self, demand: ExplainedDemand) -> str:
        """Which rules ask for a demand, each with its bound, the strictest named."""
        if not demand["bounds"]:
            return self.say("tell.asked.default")
        several = len({(b["at_least"], b["at_most"]) for b in demand["bounds"]}) > 1
        told = []
        for bound in demand["bounds"]:
            strictest = bound["strictest"] and several
            required = words.required({**bound, "measure": demand["measure"]}, self.language)
            key = "tell.asked.strictest" if strictest else "tell.asked.one"
            one = self.say(key, rule=self.name(bound["rule"]), bound=required)
            if bound["waivers"]:
                waivers = ", ".join(bound["waivers"])
                one = self.say("tell.asked.waived", told=one, waivers=waivers)
            told.append(one)
        return self.say("tell.asked", rules="; ".join(told))

    def column(self, column: ExplainedColumn) -> list[str]:
        """A column: its role with the reason, and what is done to it."""
        role = self.say(f"value.column.role.{column['role']}")
        first = column["reasons"][0] if column["reasons"] else None
        because = self.full(first["because"]) if first else ""
        parts = [self.say("tell.column", name=column["name"], role=role, because=because).rstrip()]
        if first:
            parts.append(self.say("tell.column.rule", rule=first["rule"]))
        if column["special_category"]:
            parts.append(self.say("tell.column.special"))
        for other in column["reasons"][1:]:
            if other["role"] != column["role"]:
                milder = self.say(f"value.column.role.{other['role']}")
                parts.append(self.say("tell.column.milder", rule=other["rule"], role=milder))
        return [*parts, *self.done(column)]

    def done(self, column: ExplainedColumn) -> list[str]:
        """What is done to a column."""
        parts = [
            sentence(
                self.say(
                    "tell.column.change",
                    told=self.transform(change),
                    rules=", ".join(change["rules"]),
                )
            )
            for change in column["changes"]
        ]
        if column["hierarchy"] is not None:
            parts.append(self.hierarchy(column["hierarchy"]))
        levels = column["levels"]
        if len(levels) > 1:
            shares = [self.say("tell.column.share", **level) for level in levels]
            parts.append(self.say("tell.column.levels", levels=", ".join(shares)))
        elif levels and levels[0]["level"]:
            level, name = levels[0]["level"], levels[0]["name"]
            parts.append(self.say("tell.column.level", level=level, name=name, of=column["of"]))
        elif levels:
            parts.append(self.say("tell.column.kept"))
        if column["released"] is False:
            parts.append(self.say("tell.column.gone"))
        return parts

    def hierarchy(self, hierarchy: ExplainedHierarchy) -> str:
        """Which hierarchy a column takes, and by what it was chosen."""
        key = "tell.column.hierarchy.chosen" if hierarchy["chosen_by"] else "tell.column.hierarchy"
        return self.say(
            key,
            name=hierarchy["name"],
            kind=self.say(f"hierarchy.kind.{hierarchy['kind']}"),
            chosen=self.text(hierarchy["chosen_by"]),
            rule=hierarchy["rule"],
        )

    def statement(self, attestation: Mapping[str, Any]) -> str:
        """A statement of a person, and which rules ask for it."""
        if attestation["met"]:
            told = self.say(
                "tell.attested",
                of=attestation["of"],
                by=attestation["given_by"],
                on=attestation["given_on"],
            )
        else:
            reason = self.text(attestation["reason"])
            told = self.say("tell.attested.not", of=attestation["of"], reason=reason)
        rules = ", ".join(self.name(rule) for rule in attestation["rules"])
        return f"{told} {self.say('tell.attested.rules', rules=rules)}"

    def waiver(self, waiver: ExplainedWaiver) -> str:
        """A waiver: what it relaxed to what, or why it did nothing, and who answers for it."""
        key = "relaxes" if waiver["status"] == "relaxes" else "nothing"
        parts = [
            self.say(
                f"tell.waiver.{key}",
                id=waiver["id"],
                rule=self.name(waiver["rule"]),
                old=self.part(waiver["replaces"]),
                new=self.part(waiver["by"]),
            )
        ]
        if waiver["subjects"]:
            parts.append(self.say("tell.waiver.subjects", names=", ".join(waiver["subjects"])))
        if waiver["note"]:
            why = "tell.waiver.less" if key == "relaxes" else "tell.waiver.why"
            parts.append(self.say(why, note=self.full(waiver["note"])))
        parts.append(self.say("tell.waiver.reason", reason=self.full(waiver["reason"])))
        joined = Formatter(self.language).joined(waiver["approved_by"], self.say("word.and"))
        parts.append(self.say("tell.waiver.approved", by=joined, until=waiver["until"]))
        if rests := self.rests(waiver["sources"]):
            parts.append(rests)
        return " ".join(parts)

    def part(self, part: Mapping[str, Any]) -> str:
        """A part of a rule that a waiver is about."""
        if "decide" in part:
            return self.say(f"decide.word.{part['decide']}")
        if "transform" in part:
            given = dict(part["transform"])
            name = given.pop("apply")
            return self.transform({"transform": name, "parameters": given}, "order.")
        name, given = next(iter(part["require"].items()))
        bounds = {key: given.get(key) for key in ("at_least", "at_most")}
        inner = [
            f"{key}={value}"
            for key, value in given.items()
            if key not in ("at_least", "at_most", "sha256")
        ]
        label = words.measure_name(name, self.language)
        if inner:
            label = f"{label} ({', '.join(inner)})"
        return f"{label} {words.required({**bounds, 'measure': name}, self.language)}".rstrip()

    def note(self, note: Mapping[str, Any]) -> str:
        """A note with the rule that it is from."""
        text = self.full(note["text"])
        return self.say("tell.note", rule=note["rule"], text=text) if note["rule"] else text

    # --- inner parts

    def _title(self) -> str:
        data = self.data
        if data["stage"] == "context":
            key = "tell.title.context" if data["table"] is None else "tell.title.table"
            return self.say(key, table=data["table"])
        ending = "plan" if data["stage"] == "plan" else data["verdict"]
        return self.say(f"tell.title.{ending}", table=data["table"])

    def _policies(self) -> Iterator[str]:
        if not self.data["policies"]:
            return
        first, *others = self.data["policies"]
        own = {"name": first["name"], "version": first["version"]}
        title = self.text(first["title"])
        if not others:
            yield self.say("tell.policy", title=title, **own)
            return
        told = [
            self.say(
                "tell.policy.other",
                title=self.text(other["title"]),
                name=other["name"],
                version=other["version"],
            )
            for other in others
        ]
        joined = Formatter(self.language).joined(told, self.say("word.and"))
        yield self.say("tell.policy.extends", title=title, others=joined, **own)

    def _line(self, line: ExplainedLine) -> str:
        """What is the case, by a line whose truth is known; with the columns that it found."""
        told = clause(line["form"], self.language, negated=line["value"] == "false")
        names = [name for found in line["found"] for name in found["columns"]]
        if not names:
            return told
        return self.say("tell.found", clause=told, names=self._column_names(names))

    def _questions(self, line: ExplainedLine) -> list[str]:
        """What would have to be known to decide a line."""
        questions = [
            self.say(f"fact.{fact['name']}.question")
            for fact in line["facts"]
            if fact["value"] is None
        ]
        if questions:
            return questions
        told = clause(line["form"], self.language)
        return [self.say("tell.undetermined.line", clause=told)]

    def _column_names(self, names: Sequence[str]) -> str:
        shown = [f"\u201e{n}\u201c" if self.language == "de" else f"\u201c{n}\u201d" for n in names]
        listed = ", ".join(shown[:_NAMED])
        if len(shown) > _NAMED:
            listed = self.say("read.columns.more", names=listed, n=len(shown) - _NAMED)
        return self.say("tell.columns", n=len(names), names=listed)

    def _parameter(self, name: str, value: Any) -> str:
        shown = value
        if isinstance(value, str) and has_phrase(f"period.{value}"):
            shown = self.say(f"period.{value}")
        elif isinstance(value, bool):
            shown = self.say(f"truth.{str(value).lower()}")
        elif isinstance(value, int | float):
            shown = numbers.number(value, self.language)
        key = f"parameter.{name}"
        if has_phrase(key):
            return self.say(key, value=shown)
        return self.say("parameter.other", name=name, value=shown)

    def _measured(self, demand: ExplainedDemand, measured: Mapping[str, Any]) -> str:
        stage = "expected" if self.data["stage"] == "plan" else "measured"
        one = {"measure": demand["measure"], "measured": measured["value"]}
        value = words.measured(one, self.language)
        kept = self.say("tell.kept" if measured["met"] else "tell.broken")
        if measured["attribute"] is None:
            told = self.say(f"tell.{stage}", value=value, kept=kept)
        else:
            told = self.say(
                f"tell.{stage}.of", attribute=measured["attribute"], value=value, kept=kept
            )
        note = self.text(measured["note"])
        return f"{told} {note}".rstrip()

    def _rule(self, rule: ExplainedRule) -> Iterator[Block]:
        title = self.text(rule["title"])
        heading = self.say("tell.rule", title=title, id=rule["id"]) if title else rule["id"]
        yield Block("part", heading)
        for told in (*self.why(rule), *self.effects(rule)):
            yield Block("paragraph", sentence(told))
        if rule["asks"]:
            yield Block("paragraph", self.say("tell.demands"))
        for ask in rule["asks"]:
            yield Block("item", self.ask(ask))
        because = self.full(rule["because"])
        yield Block("paragraph", self.say("tell.because", because=because))
        if rests := self.rests(rule["sources"]):
            yield Block("paragraph", rests)
        if rule["advice"]:
            advice = self.full(rule["advice"])
            yield Block("paragraph", self.say("tell.advice", advice=advice))

    def _demands(self) -> Iterator[Block]:
        if self.data["demands"]:
            yield self._heading(f"tell.head.{_DEMANDS[self.data['stage']]}")
        for demand in self.data["demands"]:
            first, *rest = self.demand(demand)
            yield Block("item", first)
            for told in rest:
                yield Block("detail", told)

    def _columns(self) -> Iterator[Block]:
        if self.data["columns"] or self.data["unclassified"]:
            yield self._heading("tell.head.columns")
        for name in self.data["unclassified"]:
            yield Block("item", self.say("tell.column.unclassified", name=name))
        for column in self.data["columns"]:
            yield Block("item", " ".join(self.column(column)))

    def _heading(self, key: str) -> Block:
        return Block("heading", self.say(key))

    def _listed(self, key: str, items: Sequence[str]) -> Iterator[Block]:
        if items:
            yield self._heading(key)
        for item in items:
            yield Block("item", item)

    def _texts(self, key: str, texts: Sequence[Mapping[str, str]]) -> Iterator[Block]:
        yield from self._listed(key, [self.text(text) for text in texts])
