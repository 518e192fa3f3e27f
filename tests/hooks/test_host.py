"""Plugins from a directory: what loads, what does not, and what needs it."""

import textwrap

import pytest

from kiaim_server.errors import PluginError
from kiaim_server.hooks.host import KINDS, PluginHost
from kiaim_server.model.contract import Objection, Transform

SHOUT = """
    import pyarrow.compute as pc
    from kiaim_server.hooks import hookimpl
    from kiaim_server.model.contract import Transform

    kiaim_api = 1

    class Shout(Transform):
        name = "shout"
        summary = "Upper case."
        strictness = 1
        action = "shout"

        def fit(self, values, context):
            return pc.utf8_upper

    @hookimpl
    def kiaim_register_transforms():
        return [Shout]
"""


def write(directory, name, code):
    (directory / name).write_text(textwrap.dedent(code), encoding="utf-8")


def load(directory):
    return PluginHost.load(directory)


def info(host, name):
    return next(p for p in host.plugins if p.name == name)


def test_a_module_in_the_plugins_directory_offers_its_classes(tmp_path):
    write(tmp_path, "shouting.py", SHOUT)
    host = load(tmp_path)
    assert host.get("transform", "shout", Transform).summary == "Upper case."
    assert info(host, "shouting").offers == (("transform", "shout"),)
    assert info(host, "shouting").problem is None


def test_the_version_of_a_module_tells_its_source_apart(tmp_path):
    versions = []
    for code in (SHOUT, SHOUT, SHOUT + "\n    x = 1\n", '    __version__ = "2.1"\n' + SHOUT):
        write(tmp_path, "shouting.py", code)
        versions.append(info(load(tmp_path), "shouting").version)
    assert versions[0] == versions[1] != versions[2]
    assert versions[3].startswith("2.1+sha256.")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise RuntimeError('no licence')", "does not load: RuntimeError: no licence"),
        ("import not_installed_anywhere", "No module named 'not_installed_anywhere'"),
        ("x = 1", "declares kiaim_api = None, but this server speaks 1"),
        (SHOUT.replace("kiaim_api = 1", "kiaim_api = 2"), "declares kiaim_api = 2"),
        (SHOUT.replace("def fit", "def fitted"), "Shout does not implement fit"),
        (SHOUT.replace("return [Shout]", "return [Shout()]"), "must be a subclass of Transform"),
        (SHOUT.replace('summary = "Upper case."', ""), "lacks the text 'summary'"),
        (SHOUT.replace("return [Shout]", "return 1 / 0"), "ZeroDivisionError"),
        (SHOUT.replace("_transforms()", "_transforms(x)"), "breaks its contract"),
    ],
)
def test_a_plugin_that_breaks_the_contract_is_listed_with_its_reason(tmp_path, code, reason):
    write(tmp_path, "broken.py", code)
    host = load(tmp_path)
    assert reason in info(host, "broken").problem
    assert "shout" not in host.classes["transform"]


def test_what_a_broken_plugin_offers_is_refused_by_name_and_reason(tmp_path):
    write(tmp_path, "broken.py", SHOUT.replace("def fit", "def fitted"))
    with pytest.raises(PluginError, match=r"'shout'.*does not implement fit"):
        load(tmp_path).get("transform", "shout", Transform)


def test_an_unknown_name_is_refused_with_the_names_there_are(tmp_path):
    write(tmp_path, "shouting.py", SHOUT)
    with pytest.raises(PluginError, match=r"no transform is called 'shuot'; there are: .*shout"):
        load(tmp_path).get("transform", "shuot", Transform)


def test_a_name_that_two_plugins_offer_can_be_used_by_nobody(tmp_path):
    write(tmp_path, "one.py", SHOUT)
    write(tmp_path, "two.py", SHOUT)
    host = load(tmp_path)
    assert "shout" not in host.classes["transform"]
    for name in ("one", "two"):
        assert "another plugin offers too" in info(host, name).problem


def test_a_missing_plugins_directory_is_an_error(tmp_path):
    with pytest.raises(PluginError, match="does not exist"):
        load(tmp_path / "nowhere")


REVIEWER = """
    from kiaim_server.hooks import hookimpl
    from kiaim_server.model.contract import Objection

    kiaim_api = 1

    @hookimpl
    def kiaim_review_release(claims):
        {body}
"""


@pytest.mark.parametrize(
    ("body", "reasons"),
    [
        ("return None", []),
        (
            "return Objection('strict', 'too few records') if claims['n'] < 10 else None",
            ["too few records"],
        ),
        ("raise ValueError('a cell value')", ["the reviewer failed with ValueError"]),
        ("return 'no'", ["the reviewer gave an answer that is no objection"]),
    ],
)
def test_a_reviewer_may_object_and_a_failing_one_does(tmp_path, body, reasons):
    write(tmp_path, "strict.py", REVIEWER.format(body=body))
    objections = load(tmp_path).objections({"n": 3}, ())
    assert [o.reason for o in objections] == reasons
    assert all(isinstance(o, Objection) for o in objections)


def test_every_bundled_plugin_loads_and_offers_something():
    host = PluginHost.load()
    bundled = [p for p in host.plugins if p.origin == "kiaim-server"]
    assert {p.problem for p in bundled} == {None}
    assert all(p.offers for p in bundled)
    assert {kind for p in bundled for kind, _ in p.offers} == set(KINDS) - {"synthesizer"}
