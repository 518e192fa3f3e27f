"""Special functions against known values and identities, and the root finder."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.risk.special import (
    digamma,
    log_falling,
    log_gamma_rise,
    root,
    sum_of_inverses,
)

EULER = 0.57721566490153286061


@pytest.mark.parametrize(
    ("x", "value"),
    [
        (1.0, -EULER),
        (0.5, -EULER - 2 * math.log(2)),
        (0.25, -EULER - math.pi / 2 - 3 * math.log(2)),
        (1 / 3, -EULER - math.pi / (2 * math.sqrt(3)) - 1.5 * math.log(3)),
        (2.0, 1 - EULER),
        (10.0, 7129 / 2520 - EULER),
        (100.0, 4.600161852738087400),
    ],
)
def test_digamma_has_its_known_values(x, value):
    assert digamma(np.array([x]))[0] == pytest.approx(value, rel=5e-15)


@given(st.floats(1e-6, 1e6))
def test_digamma_steps_by_one_over_x(x):
    at, after = digamma(np.array([x, x + 1]))
    assert after - at == pytest.approx(1 / x, rel=1e-12, abs=4e-14)


@given(st.floats(1e-9, 1e9), st.integers(0, 3000))
def test_a_sum_of_inverses_is_the_sum(x, n):
    assert sum_of_inverses(x, n) == pytest.approx(
        math.fsum(1 / (x + i) for i in range(n)), rel=1e-14
    )


@given(st.floats(1e-3, 1e12), st.integers(1, 60))
def test_log_gamma_rises_by_the_factors_between(x, n):
    product = math.fsum(math.log(x + i) for i in range(n))
    assert log_gamma_rise(x, n) == pytest.approx(product, rel=1e-14, abs=1e-13)
    assert log_gamma_rise(x + n, -n) == pytest.approx(-product, rel=1e-13, abs=1e-12)


@given(st.integers(1, 10**9), st.data())
def test_falling_factorials_are_products(x, data):
    m = data.draw(st.integers(0, min(x, 400)))
    exact = math.fsum(math.log1p(-i / x) for i in range(m))
    found = log_falling(float(x), np.array([m], dtype=np.float64))[0]
    assert found == pytest.approx(exact, rel=1e-12, abs=1e-13)


@given(st.floats(-30, 30), st.sampled_from([1, 3, 5]))
def test_the_root_is_found_to_the_last_digits(at, power):
    found = root(lambda x: (x - at) ** power * (2 + math.cos(x)), -40.0, 50.0)
    assert found == pytest.approx(at, abs=1e-4 if power > 1 else 1e-13)
    assert root(lambda x: math.exp(x) - 2, -5.0, 5.0) == pytest.approx(math.log(2), rel=1e-15)
