from fractions import Fraction

import marshmallow as ma
import pytest

from kiaim_server.errors import ParameterError
from kiaim_server.model.contract import Plugin, smallest_size_for
from kiaim_server.model.decision import Clause


class Width(Plugin):
    name = "width"
    summary = "A plugin with one parameter."

    class Parameters(ma.Schema):
        width = ma.fields.Integer(required=True, strict=True)

    def __init__(self, width):
        self.width = width


def test_parameters_go_through_the_schema():
    assert Width.from_parameters({"width": 3}).width == 3


@pytest.mark.parametrize("parameters", [{}, {"width": "three"}, {"width": 3, "wdth": 4}])
def test_a_faulty_or_unknown_parameter_names_plugin_and_key(parameters):
    with pytest.raises(ParameterError, match=r"width: w.?dth: "):
        Width.from_parameters(parameters)


@pytest.mark.parametrize(
    ("risk", "size"),
    [(Fraction(1, 11), 11), (Fraction(9, 100), 12), (Fraction(1), 1), (Fraction(2, 5), 3)],
)
def test_the_smallest_size_for_a_risk_is_exact(risk, size):
    assert smallest_size_for(risk) == size
    assert Fraction(1, size) <= risk
    assert size == 1 or Fraction(1, size - 1) > risk


def test_a_clause_reads_as_a_sentence():
    clause = Clause("l-diversity", {"variant": "distinct"}, "diagnosis", "2", None, ("p/r",))
    assert clause.label == "l-diversity(variant=distinct, diagnosis) at least 2"
