"""Fixed effects taken out are dummies put in; clustered errors are their formula, written with loops."""

import numpy as np
import pytest

from pingcang.errors import PingcangError
from pingcang.validate.micro import regression
from pingcang.validate.micro.regression import fit

ROWS = 240


def data(seed=5):
    draw = np.random.default_rng(seed)
    first, second = draw.integers(0, 12, ROWS), draw.integers(0, 9, ROWS)
    x, z = draw.normal(size=ROWS) + first, draw.normal(size=ROWS) - second
    y = 2.0 * x - 0.5 * z + np.sin(first) + np.cos(second) + draw.normal(size=ROWS)
    return y, x, z, first, second


def with_dummies(y, columns, *groups):
    X = np.column_stack([*columns, *((group[:, None] == np.unique(group)).astype(float) for group in groups)])
    return np.linalg.lstsq(X, y, rcond=None)[0], X


@pytest.mark.parametrize("sets", [1, 2])
def test_coefficients_are_those_with_a_dummy_for_every_group(sets):
    y, x, z, *groups = data()
    expected, _ = with_dummies(y, [x, z], *groups[:sets])
    found = fit(y, {"x": x, "z": z}, fixed=groups[:sets], clusters=groups[0])
    assert found.coefficients == pytest.approx(expected[:2], abs=1e-5)
    assert (found["x"], found.names, found.observations, found.clusters) == (
        found.coefficients[0],
        ("x", "z"),
        ROWS,
        12,
    )


def test_errors_are_the_cluster_formula():
    y, x, z, group, cluster = data()
    beta, X = with_dummies(y, [x, z], group)
    u = y - X @ beta
    inside = np.column_stack([c - np.array([c[group == g].mean() for g in group]) for c in (x, z)])
    bread = np.linalg.inv(inside.T @ inside)
    meat = np.zeros((2, 2))
    for c in np.unique(cluster):
        score = inside[cluster == c].T @ u[cluster == c]
        meat += np.outer(score, score)
    factor = 9 / 8 * (ROWS - 1) / (ROWS - 2)
    expected = np.sqrt(np.diag(factor * bread @ meat @ bread))
    found = fit(y, {"x": x, "z": z}, fixed=[group], clusters=cluster)
    assert found.errors == pytest.approx(expected)
    assert found.error("z") == found.errors[1]


def test_a_column_that_others_explain_has_no_coefficient():
    y, x, z, group, cluster = data()
    columns = {"x": x, "group": np.cos(group), "z": z, "again": 3 * x - z}
    found = fit(y, columns, fixed=[group], clusters=cluster)
    alone = fit(y, {"x": x, "z": z}, fixed=[group], clusters=cluster)
    assert np.isnan(found.coefficients).tolist() == [False, True, False, True]
    assert np.isnan(found.errors).tolist() == [False, True, False, True]
    assert (found["x"], found["z"]) == pytest.approx((alone["x"], alone["z"]))


def test_without_rows_there_is_no_coefficient():
    none = np.zeros(0)
    found = fit(none, {"x": none}, fixed=[none], clusters=none)
    assert np.isnan(found["x"])
    assert (found.observations, found.clusters) == (0, 0)


def test_one_cluster_has_no_error():
    y, x, _, group, _ = data()
    found = fit(y, {"x": x}, fixed=[group], clusters=np.zeros(ROWS, np.int64))
    assert np.isfinite(found["x"])
    assert np.isnan(found.error("x"))


def test_effects_that_do_not_settle_are_refused(monkeypatch):
    monkeypatch.setattr(regression, "MOST_TURNS", 1)
    y, x, _, first, second = data()
    with pytest.raises(PingcangError, match=r"fixed effects: 2 sets of groups do not settle in 1 turns; use fewer"):
        fit(y, {"x": x}, fixed=[first, second], clusters=first)
