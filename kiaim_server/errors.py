"""The whole exception tree.

::

    KiaimError                  anything this product raises on purpose
    ├── InputError              the caller's input is at fault          (exit 2, HTTP 4xx)
    │   ├── DataError           a table that cannot be read or used
    │   ├── HierarchyError      a hierarchy that is no tree, or does not cover its column
    │   ├── PolicyError         a policy that does not pass the linter
    │   ├── ContextError        a release context with unknown or ill-typed facts
    │   ├── ParameterError      a parameter outside its range
    │   ├── ManifestError       a manifest that is no manifest
    │   ├── NotFoundError       a name or id that does not exist        (HTTP 404)
    │   ├── ConflictError       asks for what the present state forbids (HTTP 409)
    │   ├── TooLargeError       more bytes than the stated limit        (HTTP 413)
    │   └── MediaTypeError      a file format that no reader is for     (HTTP 415)
    ├── PluginError             a plugin that is missing or breaks its contract
    └── Cancelled               the caller asked to stop

A *refusal* is not in this tree: refusing a release is a normal outcome and is returned as a
`kiaim_server.model.decision.Decision`.

Messages name the file, column or key, what was expected and the mend. They never hold a cell
value of the table; the one exception is `HierarchyError` for values that a hierarchy lacks, which
cannot be mended without being named.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from kiaim_server.model.diagnostic import Diagnostic


class KiaimError(Exception):
    """Base of all deliberate errors; `kind` is the stable last part of the problem type URI."""

    kind: ClassVar[str] = "error"
    status: ClassVar[int] = 500


class InputError(KiaimError):
    """Something the caller gave cannot be used."""

    kind = "invalid-input"
    status = 400


class DataError(InputError):
    """A table that cannot be read or used; `line` and `column` say where, when known."""

    kind = "invalid-data"

    def __init__(self, message: str, *, line: int | None = None, column: str | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class HierarchyError(InputError):
    """A generalization hierarchy that is no tree or does not cover the values of its column.

    `uncovered` are the texts of values that a builder cannot place, all of them: to find the
    records, not to be shown.
    """

    kind = "invalid-hierarchy"

    def __init__(self, message: str, uncovered: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.uncovered = tuple(uncovered)


class PolicyError(InputError):
    """A policy that the linter rejects; carries every finding, not only the first."""

    kind = "invalid-policy"

    def __init__(self, message: str, diagnostics: Sequence[Diagnostic] = ()) -> None:
        super().__init__(message)
        self.diagnostics = tuple(diagnostics)


class ContextError(InputError):
    """A release context that names an unknown fact or gives one a value of the wrong type."""

    kind = "invalid-context"


class ParameterError(InputError):
    """A parameter outside its range."""

    kind = "invalid-parameter"


class ManifestError(InputError):
    """A file that is not a manifest of this product, or one whose structure is broken."""

    kind = "invalid-manifest"


class NotFoundError(InputError):
    """A name or id that does not exist (or is not the caller's to see)."""

    kind = "not-found"
    status = 404


class ConflictError(InputError):
    """A request that the present state of a data set or job forbids."""

    kind = "conflict"
    status = 409


class TooLargeError(InputError):
    """More bytes than the stated limit."""

    kind = "too-large"
    status = 413


class MediaTypeError(InputError):
    """A file format that no reader is for."""

    kind = "unsupported-media-type"
    status = 415


class PluginError(KiaimError):
    """A plugin that is missing, does not load, or breaks its contract."""

    kind = "plugin-unavailable"
    status = 422


class Cancelled(KiaimError):  # noqa: N818 - a request, not an error
    """The work was cancelled on request."""

    kind = "cancelled"
    status = 409
