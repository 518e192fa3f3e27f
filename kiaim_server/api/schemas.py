"""Bodies of requests and responses; unknown keys of requests are errors."""

from __future__ import annotations

from typing import Any, Final

import marshmallow as ma
from marshmallow import fields, validate

from kiaim_server.jobs.job import State
from kiaim_server.model.limits import MAX_SEARCH_SECONDS
from kiaim_server.model.prose import LANGUAGES

_TIME: Final = "ISO 8601, UTC."


def described(text: str, **more: Any) -> dict[str, Any]:
    """OpenAPI metadata of a field."""
    return {"description": text, **more}


class DatasetSchema(ma.Schema):
    """An uploaded table: counts and types, never contents."""

    id = fields.String(required=True)
    name = fields.String(required=True, metadata=described("What messages and reports call it."))
    media_type = fields.String(required=True)
    reader = fields.Dict(required=True, metadata=described("Options it is read with."))
    sha256 = fields.String(required=True)
    bytes = fields.Integer(required=True)
    rows = fields.Integer(required=True)
    columns = fields.Integer(required=True)
    profile = fields.List(
        fields.Dict(), required=True, metadata=described("Type and counts per column.")
    )
    created = fields.AwareDateTime(required=True, metadata=described(_TIME))


class LimitSchema(ma.Schema):
    """How many entries of a list are wanted."""

    limit = fields.Integer(
        load_default=100,
        validate=validate.Range(1, 1000),
        metadata=described("Newest first, at most so many."),
    )


class JobQuerySchema(LimitSchema):
    """Which jobs are wanted."""

    state = fields.Enum(
        State, by_value=True, load_default=None, metadata=described("Only jobs in this state.")
    )


class HierarchiesSchema(ma.Schema):
    """Generalization hierarchies that go before those the policy names."""

    shipped = fields.String(metadata=described("Name of a shipped set.", example="adult"))
    inline = fields.Dict(
        keys=fields.String(),
        values=fields.List(
            fields.List(fields.String(allow_none=True), validate=validate.Length(min=1)),
            validate=validate.Length(min=1),
        ),
        metadata=described("Column -> rows [value, level 1, ..., top]; null: the missing value."),
    )


class AskedSchema(ma.Schema):
    """What a release and a plan are asked for with."""

    dataset = fields.String(required=True, metadata=described("Id of an uploaded table."))
    policy = fields.String(metadata=described("Name of a policy, see /v1/policies."))
    policy_text = fields.String(metadata=described("A policy in YAML instead of a name."))
    context = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        metadata=described("Facts of the release.", example={"release.access": "controlled"}),
    )
    hierarchies = fields.Nested(HierarchiesSchema, load_default=dict)
    seed = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, 2**63 - 1))
    search_seconds = fields.Float(
        validate=validate.Range(0, MAX_SEARCH_SECONDS, min_inclusive=False),
        metadata=described(
            "How long the search may take. Then the best solution found is released with a proven "
            "lower bound of the loss, or the job is refused if there is none. Default: the "
            "server's."
        ),
    )
    subset = fields.String(
        validate=validate.Length(min=1),
        metadata=described(
            "Column that says which records may leave (true/false, 1/0, yes/no). It does not "
            "leave itself; all records are the population then."
        ),
    )
    engine = fields.String(
        load_default="auto",
        validate=validate.OneOf(["auto", "memory", "duckdb"]),
        metadata=described(
            "Whether the records are held in memory, or a Parquet file is read batch by batch "
            "(duckdb); auto decides by size. Both release the same bytes."
        ),
    )

    language = fields.String(
        load_default=None,
        validate=validate.OneOf(LANGUAGES),
        metadata=described(
            "Of the pages that people read. Default: the policy's main language. It changes "
            "neither the data nor the manifest."
        ),
    )

    @ma.validates_schema
    def _one_policy(self, data: dict[str, Any], **_: object) -> None:
        if ("policy" in data) == ("policy_text" in data):
            raise ma.ValidationError("give either 'policy' or 'policy_text'")


class JobRequestSchema(AskedSchema):
    """A release that is asked for."""

    format = fields.String(load_default="csv", validate=validate.OneOf(["csv", "parquet"]))
    outputs = fields.List(
        fields.String(validate=validate.OneOf(["data", "report", "manifest", "synthetic"])),
        load_default=lambda: ["data", "report", "manifest"],
        validate=validate.Length(min=1),
        metadata=described(
            "What is wanted. 'data' brings its manifest; reports are made in any case; "
            "'synthetic' needs an installed synthesizer."
        ),
    )


class PlanRequestSchema(AskedSchema):
    """A plan that is asked for: what a release would be."""

    explore = fields.Boolean(
        load_default=False,
        metadata=described(
            "Search the least loss for other limits of suppression and other k as well; brings the "
            "artifact 'explore', a page with plots."
        ),
    )


class DecisionSchema(ma.Schema):
    """The policy's verdict; each reason names a clause, rule or column."""

    verdict = fields.String(validate=validate.OneOf(["release", "review", "refuse"]))
    reasons = fields.List(fields.String())
    advice = fields.List(fields.String())


class JobSchema(ma.Schema):
    """A job, and where it stands."""

    id = fields.String(required=True)
    action = fields.String(
        required=True,
        validate=validate.OneOf(["release", "plan"]),
        metadata=described("A plan that is done would be released; nothing was."),
    )
    state = fields.Enum(State, by_value=True, required=True)
    dataset = fields.String(required=True)
    policy = fields.String(
        required=True, allow_none=True, metadata=described("null: given as policy_text.")
    )
    seed = fields.Integer(required=True)
    format = fields.String(required=True)
    attempts = fields.Integer(required=True, metadata=described("How often it was started."))
    cancel_requested = fields.Boolean(required=True)
    step = fields.String(required=True, allow_none=True)
    share = fields.Float(
        required=True, allow_none=True, metadata=described("Share of the step, 0 to 1.")
    )
    facts = fields.Dict(
        required=True,
        metadata=described(
            "What it told on the way: best_loss, lower_bound (proven), gap (share of the loss "
            "that a better solution could save at most), closed (share of the lattice)."
        ),
    )
    decision = fields.Nested(DecisionSchema, required=True, allow_none=True)
    error = fields.Dict(
        required=True, allow_none=True, metadata=described("A problem, see ProblemSchema.")
    )
    artifacts = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata=described("Name -> path below this server."),
    )
    created = fields.AwareDateTime(required=True, metadata=described(_TIME))
    started = fields.AwareDateTime(required=True, allow_none=True)
    ended = fields.AwareDateTime(required=True, allow_none=True)


class IdempotencySchema(ma.Schema):
    """The header that makes a repeated submission harmless."""

    key = fields.String(
        data_key="Idempotency-Key",
        validate=validate.Length(1, 255),
        load_default=None,
        metadata=described("Equal key and body find the job that the first submission made."),
    )


class PolicySummarySchema(ma.Schema):
    """An installed policy."""

    name = fields.String(required=True)
    version = fields.String(required=True)
    title = fields.String(required=True)
    summary = fields.String(required=True)
    digest = fields.String(required=True, metadata=described("SHA-256 of its resolved content."))
    problem = fields.String(
        required=True, allow_none=True, metadata=described("Why it cannot be used, if so.")
    )


class PolicySchema(PolicySummarySchema):
    """An installed policy with its text."""

    text = fields.String(required=True, metadata=described("The file as it is, in YAML."))


class HierarchySourceSchema(ma.Schema):
    """Whose facts a hierarchy states."""

    cite = fields.String(required=True)
    url = fields.String(required=True)
    licence = fields.String(required=True)


class ShippedHierarchySchema(ma.Schema):
    """A shipped hierarchy, or a set of them."""

    name = fields.String(required=True, metadata=described("How policies call it (use)."))
    title = fields.String(required=True)
    edition = fields.String(required=True)
    covers = fields.String(required=True)
    not_covered = fields.String(required=True)
    levels = fields.List(
        fields.String(), required=True, metadata=described("Level names; empty for a set.")
    )
    columns = fields.List(
        fields.String(), required=True, metadata=described("Columns that a set has files for.")
    )
    builder = fields.String(
        required=True, allow_none=True, metadata=described("What makes it; null for a set.")
    )
    detects = fields.List(
        fields.String(), required=True, metadata=described("Detectors of such values.")
    )
    sources = fields.List(fields.Nested(HierarchySourceSchema), required=True)


class LintRequestSchema(ma.Schema):
    """A policy to check."""

    text = fields.String(required=True, metadata=described("The policy in YAML."))
    name = fields.String(
        load_default="policy.yaml",
        validate=validate.Length(1, 200),
        metadata=described("What the findings call the file."),
    )


class DiagnosticSchema(ma.Schema):
    """One finding of the linter."""

    file = fields.String(required=True)
    line = fields.Integer(required=True)
    column = fields.Integer(required=True)
    code = fields.String(required=True)
    severity = fields.String(required=True)
    message = fields.String(required=True)


class LintSchema(ma.Schema):
    """All findings of the linter; `ok` if none is an error."""

    ok = fields.Boolean(required=True)
    findings = fields.List(fields.Nested(DiagnosticSchema), required=True)


class DiffRequestSchema(ma.Schema):
    """Two policies to compare."""

    old = fields.Nested(LintRequestSchema, required=True)
    new = fields.Nested(LintRequestSchema, required=True)


class LinkSchema(ma.Schema):
    """One policy of a chain of ``extends``."""

    policy = fields.String(required=True)
    version = fields.String(required=True)


class ComparedPolicySchema(LinkSchema):
    """A policy that was compared, with all that it extends, nearest first."""

    digest = fields.String(required=True)
    chain = fields.List(fields.Nested(LinkSchema), required=True)


class ClauseDifferenceSchema(ma.Schema):
    """What became of one clause."""

    kind = fields.String(required=True)
    id = fields.String(required=True)
    status = fields.String(
        required=True,
        validate=validate.OneOf(
            ("unchanged", "reworded", "stricter", "looser", "changed", "added", "removed")
        ),
        metadata=described("What became of the clause itself."),
    )
    effect = fields.String(
        required=True,
        validate=validate.OneOf(("none", "stricter", "looser", "undecided")),
        metadata=described("What that does to releases; undecided counts as looser."),
    )
    old = fields.String(required=True, allow_none=True)
    new = fields.String(required=True, allow_none=True)
    note = fields.String(required=True)
    place = fields.String(required=True)


class VersionStepSchema(ma.Schema):
    """The step of the version that the change needs, and the one that was taken."""

    needed = fields.String(
        required=True, validate=validate.OneOf(("none", "patch", "minor", "major"))
    )
    taken = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(("none", "patch", "minor", "major")),
    )
    finding = fields.Nested(DiagnosticSchema, required=True, allow_none=True)


class DiffSchema(ma.Schema):
    """How two policies differ."""

    schema = fields.String(required=True)
    old = fields.Nested(ComparedPolicySchema, required=True)
    new = fields.Nested(ComparedPolicySchema, required=True)
    looser = fields.Boolean(
        required=True, metadata=described("Whether any clause is looser or undecided.")
    )
    clauses = fields.List(fields.Nested(ClauseDifferenceSchema), required=True)
    version = fields.Nested(VersionStepSchema, required=True)


class LanguageSchema(ma.Schema):
    """In which language prose is wanted; before the header ``Accept-Language``."""

    language = fields.String(
        load_default=None,
        validate=validate.OneOf(LANGUAGES),
        metadata=described(
            "Of the prose. Default: the best of Accept-Language, else the policy's main language."
        ),
    )


class ContextSchema(ma.Schema):
    """A release context without a table."""

    context = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata=described("Facts of the release.", example={"release.access": "controlled"}),
    )


class BlockSchema(ma.Schema):
    """A heading, paragraph or item of prose."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf(["title", "heading", "part", "paragraph", "item", "detail"]),
    )
    text = fields.String(required=True)


class ExplanationSchema(ma.Schema):
    """An explanation as data and as prose."""

    language = fields.String(required=True, metadata=described("Of the prose."))
    explanation = fields.Dict(
        required=True,
        metadata=described("kiaim/explanation/v1, of a policy kiaim/policy-explanation/v1."),
    )
    prose = fields.List(
        fields.Nested(BlockSchema), required=True, metadata=described("To be read in this order.")
    )


class OfferSchema(ma.Schema):
    """Something that a plugin offers."""

    kind = fields.String(required=True)
    name = fields.String(required=True)
    summary = fields.String(required=True, allow_none=True)


class PluginSchema(ma.Schema):
    """A plugin that was found; `problem` says why it cannot be used."""

    name = fields.String(required=True)
    origin = fields.String(required=True)
    version = fields.String(required=True)
    problem = fields.String(required=True, allow_none=True)
    offers = fields.List(fields.Nested(OfferSchema), required=True)


class MeasureRequestSchema(ma.Schema):
    """A table to measure as it is."""

    dataset = fields.String(required=True)
    quasi_identifiers = fields.List(fields.String(), required=True, validate=validate.Length(min=1))
    sensitive = fields.List(fields.String(), load_default=list)
    population = fields.Integer(
        strict=True,
        load_default=None,
        validate=validate.Range(min=1, max=10**12),
        metadata=described("Persons in the population, to estimate who is unique in it."),
    )


class CheckSchema(ma.Schema):
    """One thing that a verification looked at."""

    name = fields.String(required=True)
    ok = fields.Boolean(required=True)
    detail = fields.String(required=True)
    counted = fields.Boolean(
        required=True, metadata=described("false: it could not be checked without the evidence.")
    )


class VerificationSchema(ma.Schema):
    """Whether a file is what its manifest says."""

    ok = fields.Boolean(required=True)
    verdict = fields.String(
        required=True,
        validate=validate.OneOf(["verified", "incomplete", "failed"]),
        metadata=described("'incomplete': nothing failed, but something needs the evidence."),
    )
    authenticated = fields.Boolean(
        required=True,
        metadata=described("Checked with this installation's key or a given one."),
    )
    key_id = fields.String(required=True)
    checks = fields.List(fields.Nested(CheckSchema), required=True)


class PublicKeySchema(ma.Schema):
    """The key that this installation signs with."""

    algorithm = fields.String(required=True)
    key_id = fields.String(required=True)
    pem = fields.String(required=True)


class HealthSchema(ma.Schema):
    """Whether the server can work."""

    status = fields.String(required=True)
    version = fields.String()
    workers = fields.Integer()
