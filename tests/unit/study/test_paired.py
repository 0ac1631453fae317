import math

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from pingcang.study.paired import (
    NOTHING,
    Resampling,
    aligned,
    common_runs,
    difference,
    difference_of_proportions,
    estimate,
    exceeds,
    first_day_apart,
    point,
    proportion,
    variance_reduction,
)

NAN = math.nan


def test_runs_are_paired_by_their_number_whatever_their_order():
    a, b = np.array([4, 0, 2, 1]), np.array([1, 2, 3, 4])
    common = common_runs(a, b)
    assert common.tolist() == [1, 2, 4]
    assert aligned(np.array([40.0, 0.0, 20.0, 10.0]), a, common).tolist() == [10, 20, 40]
    assert aligned(np.array([1.0, 2.0, 3.0, 4.0]), b, common).tolist() == [1, 2, 4]


def test_arms_without_a_common_run_are_refused():
    with pytest.raises(ValueError, match="no run in common"):
        common_runs(np.array([0, 1]), np.array([2]))


def test_the_mean_difference_is_the_difference_of_the_means_and_the_median_that_of_the_differences():
    a, b = np.array([1.0, 2.0, 6.0]), np.array([2.0, 5.0, 8.0])
    assert difference(a, b).value == 2.0
    assert difference(a, np.array([2.0, 5.0, 16.0]), statistic="median").value == 3.0
    assert point(np.array([2.0, 5.0, 16.0]), "median") - point(a, "median") == 3.0


def test_an_unknown_statistic_is_refused():
    with pytest.raises(ValueError, match="statistic 'mode'; it is mean or median"):
        estimate(np.ones(3), statistic="mode")


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_identical_arms_differ_by_exactly_nothing(statistic):
    a = np.random.default_rng(0).normal(0.36, 0.02, 40)
    found = difference(a, a.copy(), statistic=statistic)
    assert (found.value, found.low, found.high, found.se, found.n) == (0.0, 0.0, 0.0, 0.0, 40)


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_the_same_difference_in_every_run_is_known_exactly(statistic):
    a = np.arange(8.0)
    found = difference(a, a + 0.25, statistic=statistic)
    assert (found.value, found.low, found.high) == (0.25, 0.25, 0.25)


def test_pairs_without_a_number_are_left_out_and_counted():
    found = difference(np.array([1.0, NAN, 3.0, 4.0]), np.array([2.0, 9.0, NAN, 5.0]))
    assert (found.value, found.low, found.high, found.n) == (1.0, 1.0, 1.0, 2)
    assert difference(np.array([NAN, 1.0]), np.array([1.0, NAN])) == NOTHING
    assert NOTHING.to_dict() == {"value": None, "ci_low": None, "ci_high": None, "se": None, "runs": 0}


def test_a_resample_without_any_number_does_not_count():
    resampling = Resampling(2, resamples=400)
    values = np.array([NAN, 3.0])
    for statistic in ("mean", "median"):
        replicates = resampling.replicates(values, statistic)
        assert 50 < np.isnan(replicates).sum() < 150  # a quarter draws the run without a number twice
        assert set(replicates[~np.isnan(replicates)]) == {3.0}


def test_means_by_weights_are_the_means_of_the_drawn_runs():
    values = np.random.default_rng(1).normal(1e9, 1.0, 30)
    resampling = Resampling(30, resamples=50)
    np.testing.assert_allclose(resampling.replicates(values), values[resampling.draws].mean(axis=1), rtol=1e-15)


def test_medians_are_taken_in_pieces_that_leave_no_seam(monkeypatch):
    values = np.random.default_rng(1).normal(size=30)
    resampling = Resampling(30, resamples=50)
    whole = resampling.replicates(values, "median")
    monkeypatch.setattr("pingcang.study.paired.PIECE", 7 * 30)
    assert_array_equal(whole, resampling.replicates(values, "median"))


def test_the_interval_is_the_same_every_time():
    a = np.random.default_rng(3).normal(size=25)
    assert estimate(a) == estimate(a)
    assert estimate(a, Resampling(25, seed=1)) != estimate(a)


def test_the_standard_error_of_a_mean_is_that_of_the_textbook():
    values = np.random.default_rng(3).normal(size=200)
    # The bootstrap's deviation is that with n in the denominator, with an error of 1/sqrt(2 * 2000) = 1.6 %.
    assert estimate(values).se == pytest.approx(values.std() / math.sqrt(200), rel=0.05)


@pytest.mark.parametrize(("statistic", "least"), [("mean", 0.90), ("median", 0.90)])
def test_the_paired_interval_covers_the_true_difference_as_often_as_it_says(statistic, least):
    """400 studies of 40 pairs; at 95 % the binomial error is 1.1 points, and a percentile interval of n = 40 is short
    by about a point: 0.90 to 0.98 are three errors around 0.94."""
    random = np.random.default_rng(11)
    resampling = Resampling(40, resamples=600)
    covered = 0
    for _ in range(400):
        common = random.normal(0, 1, 40)
        a, b = common + random.normal(0, 0.3, 40), common + 0.2 + random.normal(0, 0.3, 40)
        found = difference(a, b, resampling, statistic)
        covered += found.low <= 0.2 <= found.high
    assert least <= covered / 400 <= 0.98


def test_pairing_shortens_the_interval_by_the_root_of_the_variance_reduction():
    random = np.random.default_rng(5)
    common = random.normal(0, 1, 400)
    a, b = common + random.normal(0, 0.2, 400), common + 0.1 + random.normal(0, 0.2, 400)
    paired, shuffled = difference(a, b), difference(a, random.permutation(b))
    assert variance_reduction(a, b) == pytest.approx((shuffled.se / paired.se) ** 2, rel=0.15)


def test_variance_reduction_by_hand():
    assert variance_reduction(np.array([0.0, 2.0, 4.0]), np.array([0.0, 4.0, 8.0])) == (4 + 16) / 4
    assert variance_reduction(np.array([0.0, 2.0]), np.array([1.0, 3.0])) == math.inf
    assert math.isnan(variance_reduction(np.ones(3), np.ones(3)))
    assert math.isnan(variance_reduction(np.array([1.0, NAN]), np.array([2.0, 3.0])))


def test_exceeding_is_strict_and_knows_what_is_missing():
    assert_array_equal(exceeds(np.array([0.25, 0.26, NAN]), 0.25), [0.0, 1.0, NAN])


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_s_interval_is_that_of_newcombe_s_table(hits, n, low, high):
    """Newcombe (1998), Statistics in Medicine 17, 857-872, Table I, method 3."""
    found = proportion(np.r_[np.ones(hits), np.zeros(n - hits)])
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert found.value == hits / n


def test_a_certain_outcome_keeps_a_one_sided_doubt():
    found = proportion(np.ones(20))
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(1 / (1 + 1.959964**2 / 20))
    assert proportion(np.array([NAN])) == NOTHING


def table(both, only_second, only_first, neither):
    """Two arms of zeros and ones (a, b) with these counts of pairs; first is b."""
    b = np.repeat([1.0, 0.0, 1.0, 0.0], [both, only_second, only_first, neither])
    a = np.repeat([1.0, 1.0, 0.0, 0.0], [both, only_second, only_first, neither])
    return a, b


def test_newcombe_s_interval_of_paired_proportions_is_that_of_a_worked_example():
    """Bentur et al. (2009) in Fagerland, Lydersen and Laake (2014), Statistics in Medicine 33, 2850-2875: 1, 1, 7, 12
    patients, interval -0.507 to -0.026."""
    found = difference_of_proportions(*table(1, 7, 1, 12))
    assert found.value == pytest.approx(-6 / 21)
    assert (round(found.low, 3), round(found.high, 3)) == (-0.507, -0.026)


def test_the_difference_of_paired_proportions_is_unchanged_if_the_arms_change_sides():
    a, b = table(20, 3, 9, 18)
    there, back = difference_of_proportions(a, b), difference_of_proportions(b, a)
    assert there.value == pytest.approx((9 - 3) / 50)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))


def test_without_a_pair_that_differs_the_interval_of_proportions_keeps_its_width():
    found = difference_of_proportions(np.ones(20), np.ones(20))
    assert found.value == 0.0 and found.se == 0.0
    assert found.low == pytest.approx(-(1 - proportion(np.ones(20)).low))
    assert found.high == pytest.approx(1 - proportion(np.ones(20)).low)
    assert difference_of_proportions(np.array([NAN]), np.array([1.0])) == NOTHING


def test_the_interval_of_paired_proportions_covers_as_often_as_it_says():
    """1,000 studies of 40 pairs with P 0.30 and 0.45 and correlated outcomes; binomial error 0.7 points."""
    random = np.random.default_rng(2)
    covered = 0
    for _ in range(1000):
        level = random.random(40)
        noise = np.where(random.random(40) < 0.3, random.random(40), level)
        found = difference_of_proportions((level < 0.30) * 1.0, (noise < 0.45) * 1.0)
        covered += found.low <= 0.15 <= found.high
    assert 0.925 <= covered / 1000 <= 0.985


def test_the_first_day_apart_is_told_run_by_run():
    a = {"index": np.ones((3, 4)), "stocks": np.zeros((3, 4, 2)), "only_a": np.zeros((3, 4))}
    b = {"index": np.ones((3, 4)), "stocks": np.zeros((3, 4, 2))}
    b["index"][0, 3] += 1e-16 + 2e-16
    b["stocks"][0, 2, 1] = -0.0
    b["stocks"][2, 0, 0] = 1.0
    assert first_day_apart(a, b).tolist() == [2, -1, 0]


def test_nan_is_the_same_as_nan_and_longer_arms_are_compared_as_far_as_both_go():
    a = {"ratio": np.array([[NAN, 1.0]])}
    b = {"ratio": np.array([[NAN, 1.0, 2.0]])}
    assert first_day_apart(a, b).tolist() == [-1]


def test_other_boards_are_apart_from_the_first_day():
    assert first_day_apart({"x": np.ones((2, 3, 2))}, {"x": np.ones((2, 3, 1))}).tolist() == [0, 0]


def test_arms_that_share_no_variable_are_refused():
    with pytest.raises(ValueError, match="no variable in common"):
        first_day_apart({"x": np.ones((1, 1))}, {"y": np.ones((1, 1))})


def test_arrays_of_another_length_are_refused():
    with pytest.raises(ValueError, match=r"shape \(3,\), made for 4 runs"):
        Resampling(4).replicates(np.ones(3))
    with pytest.raises(ValueError, match="0 runs"):
        Resampling(0)
