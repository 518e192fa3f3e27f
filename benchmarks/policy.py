"""Time the rule engine: ``python -m benchmarks.policy``.

A policy of 200 rules (every fourth looks at all columns, every fifth orders a transform) and 60
entries of classification is loaded, and evaluated on the profiles of a table of 300 columns. Then
the linter is timed on files of nearly 256 kB. CPU time of the process, so that what runs beside it
counts little; the medians are printed as one JSON line.
"""

from __future__ import annotations

import datetime
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.attribute import ColumnProfile
from kiaim_server.policy import PolicyLibrary, evaluate, lint_text

HEAD = """\
schema: kiaim/policy/v1
policy: benchmark
version: "1.0.0"
title: Benchmark
parameters:
  min_k: {type: integer, default: 5, stricter: higher}
sources:
  src: {cite: A source, kind: convention}
"""
CONTEXT: dict[str, Any] = {
    "release.access": "controlled",
    "release.form": "microdata",
    "release.regime": ["gdpr"],
    "recipient.country": "DE",
    "data.domain": "health",
    "data.subjects": 40_000,
    "data.sampling_fraction": 0.05,
    "data.children": False,
}
ROLES = ("direct", "quasi", "sensitive", "insensitive")
KINDS = ("name", "age", "code", "measurement")
TYPES = ("text", "integer", "number", "date")


def _rule(i: int) -> str:
    """One of four forms of rules, with numbers of its own."""
    lines = [
        "data.subjects < {n} or recipient.country not in eea",
        "any column where column.kind = 'code' and column.distinct_share > {share}",
        "release.access in ['public', 'controlled'] and data.sampling_fraction > {share}",
        "data.children or release.regime has 'hipaa' or data.subjects > {n}",
    ]
    line = lines[i % 4].format(n=1000 + 97 * i, share=f"{(i % 90) / 100 + 0.005:g}")
    head = f'  - id: rule-{i}\n    when: "{line}"\n    because: It has to be.\n    cite: src\n'
    if i % 5 == 0:
        where = f"column.kind = 'age' and column.distinct_share > {(i % 50) / 100 + 0.004:g}"
        return f'{head}    transform: [{{columns: "{where}", apply: round, to: {5 + i}}}]\n'
    if i % 5 == 1:
        return f"{head}    decide: {'review' if i % 2 else 'warn'}\n"
    if i % 5 == 2:
        return f"{head}    require: [{{l-diversity: {{variant: distinct, at_least: 2}}}}]\n"
    demand = f"k-anonymity: {{at_least: {'params.min_k' if i % 2 else 3 + i % 7}}}"
    return f"{head}    require: [{{{demand}}}, {{suppressed-records: {{at_most: 5%}}}}]\n"


def _entry(i: int) -> str:
    names = f"[feld_{i}_*, '*_wert_{i}', messung{i}]"
    role, kind = ROLES[i % 4], KINDS[i % 4]
    return f"  - {{id: c{i}, names: {names}, as: {role}, kind: {kind}, because: Known.}}\n"


def policy_text(n_rules: int, n_entries: int = 60) -> str:
    """A policy of that size."""
    entries = "".join(map(_entry, range(n_entries)))
    return f"{HEAD}classify:\n{entries}rules:\n{''.join(map(_rule, range(n_rules)))}"


def profiles(n_columns: int) -> list[ColumnProfile]:
    """Profiles of a table of so many columns."""
    return [
        ColumnProfile(f"Feld_{i % 60}_Nr{i}", TYPES[i % 4], 40_000, 10, 7 + 131 * i, ())
        for i in range(n_columns)
    ]


def _milliseconds(work: Callable[[], Any], runs: int) -> float:
    """CPU time of one run, the median of some."""
    taken = []
    for _ in range(runs):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return round(statistics.median(taken) * 1000, 2)


@click.command()
@click.option("--rules", default=200, show_default=True)
@click.option("--columns", default=300, show_default=True)
@click.option("--runs", default=21, show_default=True)
def main(rules: int, columns: int, runs: int) -> None:
    """Print the times in milliseconds."""
    library = PolicyLibrary.load(PluginHost.load())
    text, table = policy_text(rules), profiles(columns)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "benchmark.policy.yaml"
        file.write_text(text, encoding="utf-8")
        policy = library.get(file)
        loading = _milliseconds(lambda: library.get(file), max(3, runs // 3))
    today = datetime.date(2026, 11, 24)
    plan = evaluate(policy, CONTEXT, table, library.host, today)
    good = policy_text(1100)[:250_000].rpartition("  - id:")[0]
    faulty = good.replace("data.subjects", "data.subject")
    print(
        json.dumps(
            {
                "rules": rules,
                "columns": columns,
                "applied": sum(trace.status != "silent" for trace in plan.rules),
                "kB": round(len(text) / 1000, 1),
                "load_ms": loading,
                "evaluate_ms": _milliseconds(
                    lambda: evaluate(policy, CONTEXT, table, library.host, today), runs
                ),
                "lint_ms": {
                    name: _milliseconds(lambda content=content: lint_text(content, "x", library), 3)
                    for name, content in (
                        ("of the same size", text),
                        (f"of {len(good) // 1000} kB", good),
                        (f"of {len(faulty) // 1000} kB, faulty", faulty),
                    )
                },
            }
        )
    )


if __name__ == "__main__":
    main()
