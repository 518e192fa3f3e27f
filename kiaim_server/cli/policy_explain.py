"""``kiaim policy explain``: a policy read aloud, and why a release may leave or may not."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kiaim_server.cli.context import read_context
from kiaim_server.cli.options import (
    EXISTING_FILE,
    language_option,
    library_options,
    open_library,
    policy_reference,
    reader_of,
    reader_options,
)
from kiaim_server.cli.output import json_option, progress, write_json
from kiaim_server.errors import ParameterError

if TYPE_CHECKING:
    from kiaim_server.model.explanation import Explanation
    from kiaim_server.policy import PolicyLibrary


@click.command(
    "explain",
    short_help="Read a policy aloud, or say why a release may leave.",
    epilog="""\b
Examples:
  kiaim policy explain gdpr-baseline --language de
  kiaim policy explain my.policy.yaml -c @context.yaml
  kiaim policy explain my.policy.yaml patients.csv -c @context.yaml
  kiaim policy explain out/
  kiaim policy explain out/manifest.json --json""",
)
@click.argument("subject")
@click.argument("data", type=EXISTING_FILE, required=False)
@click.option(
    "-c",
    "--context",
    "context_items",
    multiple=True,
    metavar="KEY=VALUE|@FILE",
    help="A fact of the release, or a YAML file with facts: says what would apply to it.",
)
@click.option("--subset", metavar="COLUMN", help="Only these records of DATA may leave.")
@language_option
@reader_options
@library_options
@json_option
def explain_policy(
    subject: str,
    data: Path | None,
    context_items: tuple[str, ...],
    language: str | None,
    as_json: bool,
    plugins_dir: Path | None,
    policies_dir: Path | None,
    **options: Any,
) -> None:
    """Explain SUBJECT in English or German, in sentences that can be read aloud.

    SUBJECT is a policy (a name or a file): it is read aloud. With -c, and DATA if there is a table,
    it is said what would apply to such a release and why; nothing is measured and nothing is
    released. Or SUBJECT is the folder of a release or refusal, its report.json or its manifest:
    then it is said why it ended as it did.
    """
    from kiaim_server.report import as_text, tell

    path = Path(subject)
    if path.is_dir() or subject.endswith(".json"):
        if data is not None or context_items:
            raise ParameterError(f"{subject}: has ended already; leave out DATA and -c")
        from kiaim_server.report import explain_release

        explanation = explain_release(path)
    else:
        library = open_library(plugins_dir, policies_dir)
        if data is None and not context_items:
            _read_aloud(library, subject, language, as_json)
            return
        explanation = _foreseen(library, subject, data, read_context(context_items), options)
    if as_json:
        write_json(explanation)
    else:
        main = next(iter(explanation["policies"][0]["title"]), None)
        click.echo(as_text(tell(explanation, language or main or "en")), nl=False)


def _read_aloud(library: PolicyLibrary, subject: str, language: str | None, as_json: bool) -> None:
    from kiaim_server.report import as_text, explain_policy, read_policy

    found = explain_policy(library.get(policy_reference(subject)))
    if as_json:
        write_json(found)
    else:
        click.echo(as_text(read_policy(found, language or found["languages"][0])), nl=False)


def _foreseen(
    library: PolicyLibrary,
    subject: str,
    data: Path | None,
    context: Mapping[str, Any],
    options: Mapping[str, Any],
) -> Explanation:
    from kiaim_server.pipeline import ReleaseRequest, Workbench, explain_context, explain_table
    from kiaim_server.store.keys import KeyStore

    policy = policy_reference(subject)
    if data is None:
        if options["subset"] is not None:
            raise ParameterError("--subset is about the records of DATA; give DATA as well")
        return explain_context(policy, context, library)
    with tempfile.TemporaryDirectory(prefix="kiaim-explain-") as folder, progress(False) as monitor:
        request = ReleaseRequest(
            data=data,
            name=data.name,
            policy=policy,
            context=context,
            reader=reader_of(
                library.host,
                data.name,
                options["delimiter"],
                options["encoding"],
                options["reader_pairs"],
            ),
            subset=options["subset"],
        )
        scratch = Path(folder)
        workbench = Workbench(library.host, library, KeyStore(scratch))
        return explain_table(request, workbench, scratch, monitor)
