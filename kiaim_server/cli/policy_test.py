"""``kiaim policy test``: runs the cases beside policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from kiaim_server.cli.options import library_options, open_library, policy_reference
from kiaim_server.cli.output import json_option, write_json

if TYPE_CHECKING:
    from kiaim_server.policy import PolicyLibrary
    from kiaim_server.policy.cases import Suite

_FAULTY: Final = 2
_FAILED: Final = 3


@click.command(
    "test",
    epilog="""\b
Example: kiaim policy test my.policy.yaml --require-coverage
Exit codes: 0 every case passed, 3 one failed or a rule is not covered although it has to be,
2 a file that cannot be used.""",
)
@click.argument("policies", metavar="[FILES|NAMES]...", nargs=-1)
@click.option(
    "--require-coverage",
    is_flag=True,
    help="Fail where a rule was not seen both to apply and to stay silent.",
)
@library_options
@json_option
@click.pass_context
def test_policies(
    ctx: click.Context,
    /,
    policies: tuple[str, ...],
    require_coverage: bool,
    plugins_dir: Path | None,
    policies_dir: Path | None,
    as_json: bool,
) -> None:
    """Run the cases of policies: what is given, and what has to come out.

    A policy is named, or given by its file or that of its cases (NAME.test.yaml). Without any, the
    cases of all installed policies run.
    """
    from kiaim_server.policy.suites import all_suites

    library = open_library(plugins_dir, policies_dir)
    asked = policies or all_suites(library)
    results = [_result(library, policy) for policy in asked]
    if as_json:
        write_json({"ok": all(map(_ok(require_coverage), results)), "suites": results})
    else:
        for line in _lines(results, require_coverage):
            click.echo(line)
    if any(result["problem"] for result in results):
        ctx.exit(_FAULTY)
    ctx.exit(0 if all(map(_ok(require_coverage), results)) else _FAILED)


def _ok(require_coverage: bool) -> Any:
    def ok(result: Mapping[str, Any]) -> bool:
        covered = not require_coverage or not result["uncovered"]
        return bool(result["passed"]) and covered

    return ok


def _result(library: PolicyLibrary, policy: str | Path) -> dict[str, Any]:
    """The outcome of one suite as JSON values; `problem` says why it could not be run."""
    from kiaim_server.errors import InputError
    from kiaim_server.policy.cases import run_suite
    from kiaim_server.policy.suites import find_suite

    reference = policy_reference(policy) if isinstance(policy, str) else policy
    try:
        suite = run_suite(find_suite(reference, library), library)
    except InputError as error:
        blank: dict[str, Any] = {"policy": str(policy), "file": str(policy), "cases": []}
        counts = {"rules": 0, "uncovered": [], "passed": False}
        return {**blank, **counts, "problem": str(error)}
    return _as_json(suite)


def _as_json(suite: Suite) -> dict[str, Any]:
    from kiaim_server.policy.suites import rules_of, uncovered

    return {
        "policy": suite.policy.name,
        "file": suite.file,
        "cases": [
            {
                "name": case.name,
                "line": case.mark.line,
                "passed": not case.problems,
                "verdict": case.decision.verdict.value if case.decision else None,
                "problems": [
                    {"line": p.mark.line, "column": p.mark.column, "message": p.message}
                    for p in case.problems
                ],
            }
            for case in suite.results
        ],
        "rules": len(rules_of(suite)),
        "uncovered": [
            {"rule": u.rule, "place": u.place, "message": u.words} for u in uncovered(suite)
        ],
        "passed": suite.passed,
        "problem": None,
    }


def _lines(results: Sequence[Mapping[str, Any]], require_coverage: bool) -> Iterator[str]:
    for result in results:
        if result["problem"]:
            yield f"ERROR  {result['policy']}: {result['problem']}"
            continue
        file, cases = result["file"], result["cases"]
        failed = [case for case in cases if not case["passed"]]
        for case in failed:
            yield f"FAILED {file}:{case['line']}: {case['name']}"
            for p in case["problems"]:
                yield f"  {file}:{p['line']}:{p['column']}: {p['message']}"
        for rule in result["uncovered"]:
            mark = "FAILED" if require_coverage else "note  "
            yield f"{mark} {rule['place']}: rule {rule['rule']} is not covered: {rule['message']}"
        covered = result["rules"] - len(result["uncovered"])
        yield (
            f"{result['policy']}: {len(cases) - len(failed)} of {len(cases)} cases passed, "
            f"{covered} of {result['rules']} rules covered"
        )
