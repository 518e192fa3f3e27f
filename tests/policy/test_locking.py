# ruff: noqa: E501 - a table of faulty files
"""A published version of a policy stays what it was, or does not run."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from kiaim_server.errors import PolicyError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.policy import PolicyLibrary, lint_file, lint_text
from kiaim_server.policy import library as library_module
from kiaim_server.policy.locking import LOCK_FILE, Locked, read_lock, write_lock
from kiaim_server.policy.publishing import Publication, publish
from tests.policy.conftest import HEAD, TODAY

RULES = "rules: [{id: r, require: [{k-anonymity: {at_least: 5}}], because: x, cite: src}]\n"
CHILD = HEAD.replace("own", "child") + "extends: [own@1]\n"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.policy.yaml"
    path.write_text(HEAD + RULES)
    return path


@pytest.fixture
def child(tmp_path: Path, own: Path) -> Path:
    path = tmp_path / "child.policy.yaml"
    path.write_text(CHILD)
    return path


def states(found: tuple[Publication, ...]) -> list[str]:
    return [one.state for one in found]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def codes(path: Path, library: PolicyLibrary) -> list[tuple[str, int, int]]:
    found = lint_file(path, library)
    return [(d.code, d.line, d.column) for d in found if d.severity == "error"]


def test_the_lock_says_what_each_version_is(own: Path, child: Path, library: PolicyLibrary) -> None:
    assert states(publish([own, child], library)) == ["locked", "locked"]
    found = read_lock(own.parent).entries
    assert found == {
        "own": Locked(
            "1.0.0", hashlib.sha256(own.read_bytes()).hexdigest(), library.get("own").digest
        ),
        "child": Locked(
            "1.0.0",
            hashlib.sha256(child.read_bytes()).hexdigest(),
            library.get("child").digest,
            {"own": "1.0.0"},
        ),
    }
    before = (own.parent / LOCK_FILE).read_bytes()
    assert states(publish([child, own], library)) == ["unchanged", "unchanged"]
    assert (own.parent / LOCK_FILE).read_bytes() == before
    assert [p.name for p in own.parent.glob("policies.lock*")] == [LOCK_FILE]


def test_without_a_lock_or_an_entry_nothing_is_demanded(
    own: Path, child: Path, library: PolicyLibrary
) -> None:
    assert codes(own, library) == []
    publish([own], library)
    edit(child, "title: Own", "title: Child")
    assert codes(child, library) == []


def test_another_content_under_a_published_version_does_not_run(
    own: Path, library: PolicyLibrary
) -> None:
    publish([own], library)
    edit(own, "at_least: 5", "at_least: 2")
    assert codes(own, library) == [("P206", 3, 10)]
    (found,) = lint_file(own, library)
    assert "published version is not changed: write a higher one, or restore" in found.message
    for asked in ("own", own):
        with pytest.raises(PolicyError, match="P206"):
            library.get(asked)
    edit(own, "at_least: 2", "at_least: 5")
    assert codes(own, library) == []
    edit(own, '"1.0.0"', '"1.0.1"')
    edit(own, "at_least: 5", "at_least: 6")
    assert codes(own, library) == []
    assert states(publish([own], library)) == ["locked"]
    assert read_lock(own.parent).entries["own"].version == "1.0.1"


@pytest.mark.parametrize("version", ["0.9.0", "1.0.9", "1.2.9"])
def test_no_version_goes_back_behind_the_published_one(
    own: Path, library: PolicyLibrary, version: str
) -> None:
    edit(own, '"1.0.0"', '"1.2.10"')
    publish([own], library)
    edit(own, '"1.2.10"', f'"{version}"')
    assert codes(own, library) == [("P206", 3, 10)]
    assert states(publish([own], library)) == ["refused"]


def test_calling_it_a_draft_does_not_unlock_a_policy(own: Path, library: PolicyLibrary) -> None:
    publish([own], library)
    own.write_text(own.read_text() + "status: draft\n")
    assert codes(own, library) == [("P206", 3, 10)]


def test_a_changed_parent_stops_whoever_extends_it(
    own: Path, child: Path, library: PolicyLibrary
) -> None:
    publish([own, child], library)
    edit(own, "at_least: 5", "at_least: 2")
    assert codes(child, library) == [("P202", 7, 11)]
    with pytest.raises(
        PolicyError, match=r"P202 'own' cannot be read: own\.policy\.yaml:3:10: P206"
    ):
        library.get("child")


def test_a_published_child_notices_a_new_version_of_its_parent(
    own: Path, child: Path, library: PolicyLibrary
) -> None:
    publish([own, child], library)
    edit(own, '"1.0.0"', '"1.1.0"')
    edit(own, "at_least: 5", "at_least: 7")
    assert states(publish([own], library)) == ["locked"]
    assert codes(child, library) == [("P206", 7, 11)]
    found = next(d for d in lint_file(child, library) if d.code == "P206")
    assert (
        "(own was 1.0.0, is 1.1.0); read what changed and write a higher version" in found.message
    )
    with pytest.raises(PolicyError, match="P206"):
        library.get("child")
    assert states(publish([child], library)) == ["refused"]
    edit(child, '"1.0.0"', '"1.1.0"')
    assert states(publish([child], library)) == ["locked"]
    assert library.get("child").version == "1.1.0"


def test_a_parent_without_entry_cannot_change_in_silence(
    own: Path, child: Path, library: PolicyLibrary
) -> None:
    publish([child], library)
    edit(own, "at_least: 5", "at_least: 2")
    assert codes(own, library) == []
    assert codes(child, library) == [("P206", 7, 11)]
    found = next(d for d in lint_file(child, library) if d.code == "P206")
    assert "own changed within their versions" in found.message


def test_where_one_file_is_refused_the_lock_stays_as_it_is(
    own: Path, child: Path, library: PolicyLibrary
) -> None:
    publish([own], library)
    before = (own.parent / LOCK_FILE).read_bytes()
    child.write_text(CHILD + "rulez: []\n")
    found = publish([child, own], library)
    assert states(found) == ["refused", "unchanged"]
    assert [d.code for d in found[0].faults] == ["P104"]
    edit(own, "at_least: 5", "at_least: 2")
    child.write_text(HEAD.replace("own", "child") + RULES)
    assert states(publish([child, own], library)) == ["locked", "refused"]
    assert (own.parent / LOCK_FILE).read_bytes() == before


def test_a_draft_is_not_published(own: Path, library: PolicyLibrary) -> None:
    own.write_text(own.read_text() + "status: draft\n")
    assert states(publish([own], library)) == ["draft"]
    assert not (own.parent / LOCK_FILE).exists()


def test_looking_writes_nothing(own: Path, library: PolicyLibrary) -> None:
    assert states(publish([own], library, write=False)) == ["locked"]
    assert not (own.parent / LOCK_FILE).exists()


def test_entries_of_others_are_kept(own: Path, library: PolicyLibrary) -> None:
    other = Locked("3.1.4", "a" * 64, "b" * 64, {"z": "1.0.0", "y": "2.0.0"})
    write_lock(own.parent, {"other": other})
    publish([own], library)
    assert read_lock(own.parent).entries["other"] == other


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "empty file"),
        ("schema: kiaim/policies-lock/v2\npolicies: {}\n", 1, "no format that is known"),
        ("schema: kiaim/policies-lock/v1\npolicies:\n  own: {version: '1.0.0'}\n", 3, "'source' is missing"),
        ("schema: kiaim/policies-lock/v1\npolicies:\n  own: &a {}\n", 3, "anchor"),
        ("schema: kiaim/policies-lock/v1\npolicies: {}\npolicies: {}\n", 3, "there twice"),
        ("schema: kiaim/policies-lock/v1\npolicies: {}\nunlocked: [own]\n", 3, "unknown key"),
        (f"schema: kiaim/policies-lock/v1\npolicies:\n  own: {{version: '1.0.0', source: x, resolved: {'a' * 64}}}\n", 3, "no SHA-256"),
        (f"schema: kiaim/policies-lock/v1\npolicies:\n  own: {{version: one, source: {'a' * 64}, resolved: {'a' * 64}}}\n", 3, "no version"),
    ],
)  # fmt: skip
def test_beside_a_lock_that_cannot_be_read_no_policy_runs(
    own: Path, library: PolicyLibrary, text: str, line: int, words: str
) -> None:
    (own.parent / LOCK_FILE).write_text(text)
    found = lint_file(own, library)
    assert any(
        (d.file, d.code, d.line) == (LOCK_FILE, "P206", line) and words in d.message for d in found
    ), found
    with pytest.raises(PolicyError):
        library.get("own")
    with pytest.raises(PolicyError, match="the lock cannot be read"):
        publish([own], library)


def test_a_lock_is_about_the_files_beside_it_only(
    own: Path, library: PolicyLibrary, host: PluginHost, tmp_path: Path
) -> None:
    publish([own], library)
    text = own.read_text().replace("at_least: 5", "at_least: 2")
    assert lint_text(text, "own.policy.yaml", library) == ()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / own.name).write_text(text)
    bare = PolicyLibrary.load(host, None, clock=lambda: TODAY)
    assert bare.get(elsewhere / own.name).version == "1.0.0"


def test_what_ships_is_held_to_the_lock_that_ships_with_it(
    own: Path, child: Path, host: PluginHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    def installed() -> PolicyLibrary:
        return PolicyLibrary.load(host, None, clock=lambda: TODAY)

    publish([own], installed())
    monkeypatch.setattr(library_module, "_PACKAGE", own.parent)
    monkeypatch.setattr(library_module, "_shipped", lambda: ("own",))
    assert installed().get("own").version == "1.0.0"
    edit(own, "at_least: 5", "at_least: 2")
    with pytest.raises(PolicyError, match="P206"):
        installed().get("own")
    with pytest.raises(PolicyError, match="P202 'own' cannot be read"):
        installed().get(child)
