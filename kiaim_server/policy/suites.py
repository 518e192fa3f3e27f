"""Finds the cases of policies, and says which rules they leave untested."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from kiaim_server.errors import InputError, NotFoundError
from kiaim_server.model.diagnostic import Diagnostic
from kiaim_server.policy.casefile import CASES_ENDING
from kiaim_server.policy.cases import Suite, coverage, run_suite
from kiaim_server.policy.document import Rule
from kiaim_server.policy.library import ENDING, PolicyLibrary, lint_file


@dataclass(frozen=True)
class Uncovered:
    """A rule that the cases leave untested, where it stands, and what no case shows of it."""

    rule: str
    place: str
    missing: tuple[str, ...]

    @property
    def words(self) -> str:
        """What is missing, as the end of a sentence."""
        return f"no case shows it {' or '.join(self.missing)}"


def rules_of(suite: Suite) -> tuple[Rule, ...]:
    """The rules that the policy itself states; those that it inherits have cases of their own."""
    return next(d.rules for d in suite.policy.documents if d.name == suite.policy.name)


def uncovered(suite: Suite) -> tuple[Uncovered, ...]:
    """Rules that were not seen both to apply and to stay silent.

    A rule without ``when`` and ``unless`` always applies, so it need not be seen silent. One that
    is undetermined counts as applied, as it does in a release.
    """
    seen = coverage(suite.results)
    found = []
    for rule in rules_of(suite):
        statuses = seen.get(rule.id, frozenset())
        missing = [] if statuses & {"applies", "undetermined"} else ["apply"]
        if (rule.when or rule.unless) and "silent" not in statuses:
            missing.append("stay silent")
        if missing:
            found.append(Uncovered(rule.id, rule.place, tuple(missing)))
    return tuple(found)


def find_suite(reference: str | Path, library: PolicyLibrary) -> Path:
    """The case file of a policy's name, of a policy file, or of a case file itself.

    Raises
    ------
    NotFoundError
        There is no such file, or no cases beside the policy.
    """
    text = str(reference)
    if isinstance(reference, Path) or text.endswith((".yaml", ".yml")):
        path = Path(reference)
        if not path.is_file():
            raise NotFoundError(f"file {text!r} does not exist")
        if not path.name.endswith(ENDING):
            return path
        found = path.with_name(path.name.removesuffix(ENDING) + CASES_ENDING)
    else:
        library.get(text)  # says which names there are
        found = _beside(text, library)
    if not found.is_file():
        raise NotFoundError(
            f"policy {text!r} has no cases; write some into {found.name!r} beside it"
        )
    return found


def all_suites(library: PolicyLibrary) -> tuple[Path, ...]:
    """The case files of all policies of the library that have one."""
    found = (_beside(name, library) for name in library.names())
    return tuple(path for path in found if path.is_file())


def _beside(name: str, library: PolicyLibrary) -> Path:
    own = library.path_of(name)
    folder = own.parent if own else Path(str(resources.files("kiaim_policies")))
    return folder / f"{name}{CASES_ENDING}"


def lint_with_cases(
    path: Path, library: PolicyLibrary, *, demanded: bool = False
) -> tuple[Diagnostic, ...]:
    """The linter's findings in a policy file, and W506 for rules that its cases leave untested.

    Parameters
    ----------
    demanded
        Whether a policy without cases is warned of as well.

    Raises
    ------
    NotFoundError
        There is no such file.
    """
    found = lint_file(path, library)
    if any(d.severity == "error" for d in found):
        return found
    return tuple(sorted({*found, *_case_warnings(path, library, demanded)}))


def _case_warnings(path: Path, library: PolicyLibrary, demanded: bool) -> list[Diagnostic]:
    def warning(line: int, text: str) -> Diagnostic:
        return Diagnostic(path.name, line, 1, "W506", text)

    cases = path.with_name(path.name.removesuffix(ENDING) + CASES_ENDING)
    if not path.name.endswith(ENDING) or not cases.is_file():
        text = f"no cases show what the policy does; write some into {cases.name!r}"
        return [warning(1, text)] if demanded else []
    try:
        suite = run_suite(cases, library)
    except InputError as error:
        return [warning(1, str(error))]
    found = [
        warning(int(u.place.rpartition(":")[2]), f"rule {u.rule!r} is not tested: {u.words}")
        for u in uncovered(suite)
    ]
    failed = sum(bool(result.problems) for result in suite.results)
    if failed:
        text = f"{failed} of its {len(suite.results)} cases fail; run 'kiaim policy test'"
        found.append(warning(1, text))
    return found
