import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingcang.calibrate.loss import MISSING, Scorer
from pingcang.calibrate.measures import Part, PathPart
from pingcang.calibrate.spec import Loss

PARTS = (
    Part("fall", "row_1", -0.35, 0.05, "crash"),
    Part("early", "row_2", 1.0, 0.5, "crash"),
    Part("late", "row_2", 2.0, 0.5, "crash"),
)


def scorer(parts=PARTS, weights=None, **rule):
    return Scorer(parts, {"row_1": 1.0, "row_2": 1.0, **(weights or {})}, Loss(**rule))


def column(*numbers):
    return np.array(numbers, dtype=float)[:, None]


def runs(fall=-0.35, early=1.0, late=2.0):
    return {"fall": column(fall), "early": column(early), "late": column(late)}


def test_the_loss_is_0_where_every_part_is_met():
    found = scorer().score(runs())
    assert (found.loss, found.rows_in_band) == (0.0, 2)


def test_parts_of_a_row_share_its_weight():
    # z: 0, 1, 0 -> (1·0 + ½·1 + ½·0) / 2
    assert scorer().score(runs(early=1.5)).loss == pytest.approx(0.25)
    # with weight 3 on row 2: (1·0 + 1.5·1 + 1.5·0) / 4
    assert scorer(weights={"row_2": 3.0}).score(runs(early=1.5)).loss == pytest.approx(0.375)


def test_a_row_is_in_its_band_if_all_its_parts_are():
    assert scorer().score(runs(early=1.6)).rows_in_band == 1


def test_the_middle_of_the_runs_is_their_median_or_mean():
    values = {"fall": column(-0.35, -0.35, -0.05), "early": column(1, 1, 1), "late": column(2, 2, 2)}
    assert scorer().score(values).parts["fall"].value == -0.35
    assert scorer(centre="mean").score(values).parts["fall"].value == pytest.approx(-0.25)


@pytest.mark.parametrize(("rule", "cost"), [("capped", 9.0), ("huber", 2 * 3 * 4 - 9)])
def test_beyond_the_cap_a_part_costs_less_than_its_square(rule, cost):
    z_of_4 = -0.35 + 4 * 0.05
    assert scorer(rule=rule).score(runs(fall=z_of_4)).loss == pytest.approx(cost / 2)


@given(st.floats(-1e6, 1e6), st.sampled_from(["capped", "huber"]))
def test_no_loss_is_above_the_worst(fall, rule):
    assert 0 <= scorer(rule=rule).score(runs(fall=fall)).loss <= scorer(rule=rule).worst


def test_a_part_that_half_of_the_runs_lack_has_no_number_and_counts_as_far_off():
    nan = float("nan")
    values = {"fall": column(-0.35, nan, nan), "early": column(1, 1, nan), "late": column(2, 2, 2)}
    found = scorer(cap=20).score(values)
    assert np.isnan(found.parts["fall"].z) and found.parts["early"].z == 0
    assert found.loss == pytest.approx(MISSING**2 / 2)
    assert found.rows_in_band == 1


def test_a_path_is_the_root_mean_square_log_distance_of_the_middle_path():
    path = PathPart("balance", "balance", 0.0, 0.1, "crash", "financing_balance", ("a", "b"), (100.0, 200.0))
    values = np.array([[110.0, 200.0], [90.0, 200.0], [110.0, 260.0]])
    expected = np.sqrt(np.mean([np.log(1.1) ** 2, 0.0]))
    found = scorer((path,), {"balance": 1.0}).score({"balance": values})
    assert found.parts["balance"].value == pytest.approx(expected)
    assert found.parts["balance"].z == pytest.approx(expected / 0.1)


def test_a_rebased_path_knows_no_level():
    path = PathPart("index", "index", 0.0, 0.1, "crash", "index", ("a", "b"), (5000.0, 4000.0), rebase=True)
    assert scorer((path,), {"index": 1.0}).score({"index": np.array([[1.0, 0.8]])}).loss == pytest.approx(0)


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan")])
def test_a_path_that_is_not_above_0_throughout_has_no_distance(bad):
    path = PathPart("balance", "balance", 0.0, 0.1, "crash", "financing_balance", ("a", "b"), (1.0, 1.0))
    assert np.isnan(scorer((path,), {"balance": 1.0}).score({"balance": np.array([[1.0, bad]])}).parts["balance"].z)


def test_resampled_losses_are_the_losses_of_those_runs():
    values = {"fall": column(-0.35, -0.3, -0.2), "early": column(1, 1.2, 1.4), "late": column(2, 2.5, 3)}
    draws = {"crash": np.array([[0, 1, 2], [1, 1, 1]])}
    once = {name: numbers[[1, 1, 1]] for name, numbers in values.items()}
    expected = [scorer().score(values).loss, scorer().score(once).loss]
    assert scorer().resampled(values, draws) == pytest.approx(expected)


def test_a_part_counts_for_the_slope_only_inside_the_cap():
    assert [scorer().steepness(z) for z in (0.5, -3.0, 3.1, float("nan"))] == [1, 1, 0, 0]
    assert scorer(rule="huber").steepness(-6.0) == 0.5
