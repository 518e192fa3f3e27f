"""Mutated policies: nothing is raised, a renamed key is an error, clauses change nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiaim_server.hooks.host import PluginHost
from kiaim_server.policy import Policy, PolicyLibrary, lint_text
from kiaim_server.policy.document import Document
from kiaim_server.policy.resolving import resolve
from kiaim_server.policy.source import MAX_FAULTS, plain, read_source

FOLDER = Path(str(resources.files("kiaim_policies")))
NAMES = sorted(path.name.removesuffix(".policy.yaml") for path in FOLDER.glob("*.policy.yaml"))
#: Mappings whose keys the author chooses.
CHOSEN = ("parameters", "sources", "weights")
FUZZ = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])

Steps = tuple[str | int, ...]


@cache
def library() -> PolicyLibrary:
    return PolicyLibrary.load(PluginHost.load())


@cache
def text_of(name: str) -> str:
    return (FOLDER / f"{name}.policy.yaml").read_text(encoding="utf-8")


def tree_of(name: str) -> dict[str, Any]:
    root = read_source(text_of(name), name).root
    assert root is not None
    tree: dict[str, Any] = plain(root)
    return tree


def dumped(tree: Any) -> str:
    return str(yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=100_000))


def resolved(name: str, tree: Any) -> Policy | None:
    source = read_source(dumped(tree), f"{name}.policy.yaml")
    return resolve(source, library()._environment(None))[0]


def paths(node: Any, path: Steps = ()) -> Iterator[Steps]:
    """All places of a tree but its root."""
    inner = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in inner:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from paths(value, (*path, key))


def at(tree: Any, path: Steps) -> Any:
    for key in path:
        tree = tree[key]
    return tree


def rule_words(document: Document) -> dict[str, str]:
    """What each rule demands, orders and decides, and when, by its id."""
    return {
        rule.id: repr(
            (
                [e.text for e in rule.when],
                [e.text for e in rule.unless],
                [
                    (d.measure, d.parameters, d.at_least, d.at_most, d.columns and d.columns.text)
                    for d in rule.demands
                ],
                [(o.columns.text, o.transform.name, o.parameters) for o in rule.orders],
                rule.decide,
                rule.tighten_only,
            )
        )
        for rule in document.rules
    }


def class_words(document: Document) -> dict[str, str]:
    """What each entry of the classification says, by its id."""
    return {
        c.id: repr((c.names, c.detects, c.where and c.where.text, c.role, c.special_category))
        for c in document.classifiers
    }


SCALARS = st.one_of(
    st.sampled_from(
        ["", "x", "params.min_k", "release.access = 'public'", "block", "direct", "9%", "1/0", "*"]
    ),
    st.integers(-3, 10**15),
    st.floats(allow_nan=False, allow_infinity=False, width=16),
    st.booleans(),
    st.none(),
    st.just([]),
    st.just({}),
    st.just(["x", {"y": 1}]),
)
CHANGES = st.sampled_from(["drop", "twice", "scalar", "known key", "swap"])


def changed(tree: Any, path: Steps, change: str, scalar: Any, other: Steps) -> Any:
    """A copy of the tree with one change at `path`."""
    tree = copy.deepcopy(tree)
    parent, key = at(tree, path[:-1]), path[-1]
    if change == "drop":
        del parent[key]
    elif change == "twice" and isinstance(parent, list):
        parent.append(copy.deepcopy(parent[int(key)]))
    elif change == "known key" and isinstance(parent, dict):
        parent[str(other[-1])] = parent.pop(key)
    elif change == "swap":
        parent[key] = copy.deepcopy(at(tree, other))
    else:
        parent[key] = scalar
    return tree


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_written_anew_is_the_same(name: str) -> None:
    policy = resolved(name, tree_of(name))
    assert policy is not None
    known = library().get(name)
    assert [rule_words(d) for d in policy.documents] == [rule_words(d) for d in known.documents]


@given(st.data())
@FUZZ
def test_a_renamed_key_is_an_error(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(NAMES))
    tree = tree_of(name)
    keys = [p for p in paths(tree) if isinstance(p[-1], str)]
    path = data.draw(st.sampled_from(keys))
    new = data.draw(st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12))
    parent = at(tree, path[:-1])
    if len(path) > 1 and path[-2] in CHOSEN:
        return  # a name of the author's own
    if new in {str(p[-1]) for p in paths(tree)} | {"waivers", "output", "person"}:
        return  # may be a key that is known there
    items = [(new if key == path[-1] else key, value) for key, value in parent.items()]
    parent.clear()
    parent.update(items)
    assert resolved(name, tree) is None, (name, path, new)


@given(st.data())
@FUZZ
def test_a_change_of_one_clause_leaves_the_others_as_they_are(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(NAMES))
    tree = tree_of(name)
    every = list(paths(tree))
    path, other = data.draw(st.sampled_from(every)), data.draw(st.sampled_from(every))
    change, scalar = data.draw(CHANGES), data.draw(SCALARS)
    policy = resolved(name, changed(tree, path, change, scalar, other))
    if policy is None or (change == "known key" and len(path) == 1):
        return
    known = library().get(name)
    own, before = policy.documents[0], known.documents[0]
    section = path[0]
    untouched = set(rule_words(before))
    if section == "rules":
        untouched -= {f"{name}/{tree['rules'][path[1]]['id']}"} if len(path) > 1 else untouched
    elif section == "parameters":
        untouched -= {
            f"{name}/{rule['id']}" for rule in tree["rules"] if "params." in json.dumps(rule)
        }
    assert {r: rule_words(own).get(r) for r in untouched} == {
        r: rule_words(before)[r] for r in untouched
    }
    if section != "classify":
        assert class_words(own) == class_words(before)
    if section not in ("applies", "extends"):
        assert [e.text for e in own.applies] == [e.text for e in before.applies]
    if section not in ("extends", "parameters"):
        inherited = [(d.name, rule_words(d), class_words(d)) for d in known.documents[1:]]
        assert [(d.name, rule_words(d), class_words(d)) for d in policy.documents[1:]] == inherited
    _no_parameter_is_milder(policy, known)


def _no_parameter_is_milder(policy: Policy, known: Policy) -> None:
    """Of what other policies declare, an extending one can only set the stricter side."""
    for document in known.documents[1:]:
        if document.name not in {d.name for d in policy.documents}:
            continue
        parent = library().get(document.name)
        for key, declared in parent.parameters.items():
            found = policy.parameters[key].value
            if isinstance(found, str) or isinstance(declared.value, str):
                assert found == declared.value
            elif declared.stricter == "higher":
                assert found >= declared.value
            else:
                assert found <= declared.value


@given(st.data())
@FUZZ
def test_any_bytes_in_a_policy_are_findings_at_places_of_the_file(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(NAMES))
    content = bytearray(text_of(name).encode("utf-8"))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        end = start + data.draw(st.integers(0, 40))
        put = data.draw(st.one_of(st.binary(max_size=12), st.text(max_size=12).map(str.encode)))
        content[start:end] = put
    found = lint_text(bytes(content), f"{name}.policy.yaml", library())
    n_lines = bytes(content).count(b"\n") + bytes(content).count(b"\r") + 1
    assert len([d for d in found if d.severity == "error"]) <= 2 * MAX_FAULTS
    for finding in found:
        assert 1 <= finding.line <= n_lines + 1
        assert finding.column >= 1
        assert finding.message
    assert found == lint_text(bytes(content), f"{name}.policy.yaml", library())
