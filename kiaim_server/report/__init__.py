"""Reports for people and manifests for whoever re-checks a release."""

from kiaim_server.report.beside import beside
from kiaim_server.report.blocks import Block, as_text
from kiaim_server.report.diagnosis import facts_of
from kiaim_server.report.explanation import Circumstances, build_explanation
from kiaim_server.report.explore import build_exploration, render_exploration
from kiaim_server.report.facts import (
    Facts,
    ReleasedColumn,
    ReleasedEvidence,
    ReleasedFile,
    ReleasedPersons,
    Source,
)
from kiaim_server.report.foreseen import (
    doubt_told,
    gap_told,
    lattice_told,
    looked_at,
    proposal_told,
    treatment_told,
)
from kiaim_server.report.html import Translations, local_label, render_html
from kiaim_server.report.manifest import Signer, build_claims, read_manifest, sign
from kiaim_server.report.plan import Foresight, build_plan
from kiaim_server.report.plan_page import render_plan
from kiaim_server.report.policy import explain_policy
from kiaim_server.report.reading import read_policy
from kiaim_server.report.recognised import draft_as_json
from kiaim_server.report.released import explain_release
from kiaim_server.report.sizes import histogram
from kiaim_server.report.summary import build_report
from kiaim_server.report.telling import tell

__all__ = [
    "Block",
    "Circumstances",
    "Facts",
    "Foresight",
    "ReleasedColumn",
    "ReleasedEvidence",
    "ReleasedFile",
    "ReleasedPersons",
    "Signer",
    "Source",
    "Translations",
    "as_text",
    "beside",
    "build_claims",
    "build_explanation",
    "build_exploration",
    "build_plan",
    "build_report",
    "doubt_told",
    "draft_as_json",
    "explain_policy",
    "explain_release",
    "facts_of",
    "gap_told",
    "histogram",
    "lattice_told",
    "local_label",
    "looked_at",
    "proposal_told",
    "read_manifest",
    "read_policy",
    "render_exploration",
    "render_html",
    "render_plan",
    "sign",
    "tell",
    "treatment_told",
]
