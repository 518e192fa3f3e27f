"""What an installation offers, as JSON values: policies, plugins and the public key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kiaim_server.errors import NotFoundError, PolicyError
from kiaim_server.hierarchy import shipped_abouts
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.diagnostic import Diagnostic
from kiaim_server.model.explanation import Explanation
from kiaim_server.model.prose import LANGUAGES
from kiaim_server.pipeline import explain_context
from kiaim_server.policy import Policy, PolicyLibrary, lint_text
from kiaim_server.policy.diff import compare
from kiaim_server.policy.source import read_source
from kiaim_server.policy.suites import lint_with_cases
from kiaim_server.report import explain_policy, explain_release, read_policy, tell
from kiaim_server.store.keys import KeyStore


def list_policies(library: PolicyLibrary) -> list[dict[str, Any]]:
    """Every policy of a library; one that cannot be used has a `problem` instead of a version."""
    return [_summary(library, name) for name in library.names()]


def _summary(library: PolicyLibrary, name: str) -> dict[str, Any]:
    try:
        policy = library.get(name)
    except PolicyError as error:
        blank = dict.fromkeys(("version", "title", "summary", "digest"), "")
        return {"name": name, **blank, "problem": str(error)}
    return {
        "name": policy.name,
        "version": policy.version,
        "title": policy.title,
        "summary": policy.summary,
        "digest": policy.digest,
        "problem": None,
    }


def list_hierarchies() -> list[dict[str, Any]]:
    """Every shipped hierarchy or set of them: what it is for, its levels, edition and sources."""
    return [
        {
            "name": about.name,
            "title": about.title,
            "edition": about.edition,
            "covers": about.covers,
            "not_covered": about.not_covered,
            "levels": list(about.levels),
            "columns": list(about.columns),
            "builder": None if about.build is None else about.build[0],
            "detects": list(about.detects),
            "sources": [
                {"cite": source.cite, "url": source.url, "licence": source.licence}
                for source in about.sources
            ],
        }
        for about in shipped_abouts().values()
    ]


def show_policy(library: PolicyLibrary, name: str) -> dict[str, Any]:
    """A policy with its text.

    Raises
    ------
    NotFoundError
        There is none of that name.
    PolicyError
        There is one, but it cannot be used.
    """
    policy = policy_named(library, name)
    return {**_summary(library, name), "text": policy.source}


def policy_named(library: PolicyLibrary, name: str) -> Policy:
    """The installed policy of a name, which is never taken for the path of a file.

    Raises
    ------
    NotFoundError
        There is none of that name.
    PolicyError
        There is one, but it cannot be used.
    """
    if name.endswith((".yaml", ".yml")):  # the library would open such a file
        known = ", ".join(library.names())
        raise NotFoundError(f"no policy is called {name!r}; there are: {known}")
    return library.get(name)


def lint(library: PolicyLibrary, text: str, name: str) -> dict[str, Any]:
    """All findings in the text of a policy."""
    return _findings(lint_text(text, name, library))


def diff(library: PolicyLibrary, old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, Any]:
    """How two policies given as texts differ; each is a mapping with ``text`` and ``name``.

    Raises
    ------
    PolicyError
        One of them does not pass the linter; all findings are attached.
    """
    policies = [library.as_written(read_source(p["text"], p["name"])) for p in (old, new)]
    return compare(*policies).as_data()


def lint_path(library: PolicyLibrary, path: Path, *, strict: bool = False) -> dict[str, Any]:
    """All findings in a policy file, and in its cases if there are some beside it.

    If `strict`, warnings count as errors, and a policy without cases is warned of.
    """
    found = _findings(lint_with_cases(path, library, demanded=strict))
    return {**found, "ok": found["ok"] and not (strict and found["findings"])}


def _findings(found: Sequence[Diagnostic]) -> dict[str, Any]:
    return {
        "ok": all(d.severity != "error" for d in found),
        "findings": [
            {
                "file": d.file,
                "line": d.line,
                "column": d.column,
                "code": d.code,
                "severity": d.severity,
                "message": d.message,
            }
            for d in found
        ],
    }


def explain_policy_named(
    library: PolicyLibrary, name: str, language: str | None = None
) -> dict[str, Any]:
    """What an installed policy says: data, and prose in `language` or its main one.

    Raises
    ------
    NotFoundError, PolicyError
        As by `policy_named`.
    """
    found = explain_policy(policy_named(library, name))
    spoken = language or found["languages"][0]
    return {
        "language": spoken,
        "explanation": found,
        "prose": [asdict(block) for block in read_policy(found, spoken)],
    }


def explain_foreseen(
    library: PolicyLibrary, name: str, context: Mapping[str, Any], language: str | None = None
) -> dict[str, Any]:
    """What an installed policy would demand of a release, of which only the context is known.

    Raises
    ------
    NotFoundError, PolicyError, ContextError
        From policy and context.
    """
    policy_named(library, name)
    return _told(explain_context(name, context, library), language)


def explain_ended(path: Path, language: str | None = None) -> dict[str, Any]:
    """The explanation in a report or plan, as data and as prose.

    Raises
    ------
    NotFoundError, ManifestError
        As by `kiaim_server.report.explain_release`.
    """
    return _told(explain_release(path), language)


def _told(explanation: Explanation, language: str | None) -> dict[str, Any]:
    titles = [texts for policy in explanation["policies"] for texts in [policy["title"]]]
    spoken = language or next(iter(titles[0]), LANGUAGES[0])
    return {
        "language": spoken,
        "explanation": explanation,
        "prose": [asdict(block) for block in tell(explanation, spoken)],
    }


def list_plugins(host: PluginHost) -> list[dict[str, Any]]:
    """Every plugin module that was found, what it offers, or why it cannot be used."""
    return [
        {
            "name": info.name,
            "origin": info.origin,
            "version": info.version,
            "problem": info.problem,
            "offers": [_offer(host, kind, name) for kind, name in info.offers],
        }
        for info in host.plugins
    ]


def _offer(host: PluginHost, kind: str, name: str) -> Mapping[str, Any]:
    offered = host.classes.get(kind, {}).get(name)
    return {"kind": kind, "name": name, "summary": offered.summary if offered else None}


def describe_key(keys: KeyStore) -> dict[str, Any]:
    """The public key of an installation."""
    return {"algorithm": "Ed25519", "key_id": keys.key_id, "pem": keys.public_pem().decode()}
