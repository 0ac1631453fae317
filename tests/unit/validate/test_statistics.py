"""Known answers, and agreement with pandas where it computes the same more slowly."""

import numpy as np
import pandas as pd
import pytest

from pingcang.validate import statistics as of

RANDOM = np.random.default_rng(2015)


def returns(days=40, stocks=30, common=1.0, gaps=0.0):
    made = common * RANDOM.standard_normal((days, 1)) + RANDOM.standard_normal((days, stocks))
    made[RANDOM.random(made.shape) < gaps] = np.nan
    return made


def pairwise(R):
    """Mean of the off-diagonal correlations, each pair on its common days."""
    matrix = pd.DataFrame(R).corr().to_numpy()
    return matrix[np.triu_indices(len(matrix), 1)].mean()


def test_the_mean_correlation_without_gaps_is_the_mean_of_all_pairs():
    R = returns()
    assert of.mean_correlation(R) == pytest.approx(pairwise(R), rel=1e-12)


def test_gaps_do_not_pull_the_mean_correlation_down():
    """15% of the days missing: close to the pairwise one, where a plain product would lose 15%."""
    R = returns(days=200, stocks=100, gaps=0.15)
    kept = R[:, (~np.isnan(R)).mean(axis=0) >= 0.8]
    assert of.mean_correlation(R) == pytest.approx(pairwise(kept), abs=0.003)


def test_stocks_that_trade_too_rarely_or_never_move_are_left_out():
    R = returns()
    rare, still = np.full((40, 1), np.nan), np.full((40, 1), 0.1)
    rare[:31] = returns(31, 1)
    assert of.mean_correlation(np.hstack([R, rare, still])) == pytest.approx(of.mean_correlation(R), rel=1e-12)
    enough = np.full((40, 1), np.nan)
    enough[:32] = returns(32, 1)
    assert of.mean_correlation(np.hstack([R, enough])) != of.mean_correlation(R)


def test_equal_stocks_are_wholly_correlated_and_opposite_ones_inversely():
    r = RANDOM.standard_normal(20)
    assert of.mean_correlation(np.column_stack([r, 2 * r, r + 1])) == pytest.approx(1)
    assert of.mean_correlation(np.column_stack([r, -r])) == pytest.approx(-1)


@pytest.mark.parametrize("R", [np.zeros((10, 3)), np.full((10, 3), np.nan), np.zeros((10, 0)), returns(10, 1)])
def test_a_market_without_two_moving_stocks_has_no_correlation(R):
    assert np.isnan(of.mean_correlation(R))


def test_the_first_eigenvalue_is_that_of_the_correlation_matrix():
    R = returns(days=25, stocks=60)
    matrix = np.corrcoef(R, rowvar=False)
    assert of.first_eigenvalue_share(R) == pytest.approx(np.linalg.eigvalsh(matrix)[-1] / 60, rel=1e-10)
    assert np.isnan(of.first_eigenvalue_share(np.zeros((10, 3))))


def test_the_hill_index_of_exact_pareto_quantiles_is_their_exponent():
    """x_i = (n/i)^(1/3): Hill's mean of logs is (ln(k+1)^k − ln k!)/(3k), for k = 500 within 1% of 1/3 from below."""
    n = 10_000
    x = (n / np.arange(1, n + 1)) ** (1 / 3)
    assert of.hill_index(np.where(np.arange(n) % 2, x, -x)) == pytest.approx(3, rel=0.01)
    assert of.hill_index(2.5 * x) == pytest.approx(of.hill_index(x), rel=1e-12)


@pytest.mark.parametrize("r", [np.ones(10), np.zeros(100), np.ones(100)])
def test_a_series_without_a_tail_has_no_hill_index(r):
    assert np.isnan(of.hill_index(r))


def test_excess_kurtosis_of_two_points_is_the_lowest_and_of_many_normals_zero():
    assert of.excess_kurtosis(np.array([-1.0, 1.0] * 10)) == pytest.approx(-2)
    assert of.excess_kurtosis(RANDOM.standard_normal(200_000)) == pytest.approx(0, abs=0.05)  # five standard errors
    assert np.isnan(of.excess_kurtosis(np.full(20, 0.1)))


def test_autocorrelation_is_the_textbook_one():
    x = np.array([1.0, 2.0, 3.0, 4.0])  # deviations -1.5 -.5 .5 1.5: Σ² = 5; lag 1: .75 − .25 + .75; lag 2: −.75 − .75
    assert of.autocorrelation(x, 1) == pytest.approx(1.25 / 5)
    assert of.autocorrelation(x, 2) == pytest.approx(-1.5 / 5)
    assert np.isnan(of.autocorrelation(x, 4))
    assert np.isnan(of.autocorrelation(np.full(9, 0.1), 1))


def test_the_statistics_of_stocks_leave_out_days_without_trade():
    R = returns(gaps=0.1)
    frame = pd.DataFrame(R).loc[:, (~np.isnan(R)).mean(axis=0) >= 0.8]
    assert of.median_volatility(R) == pytest.approx(frame.std().median(), rel=1e-12)
    moments = ((frame - frame.mean()) ** 4).mean() / (((frame - frame.mean()) ** 2).mean() ** 2) - 3
    assert of.median_excess_kurtosis(R) == pytest.approx(moments.median(), rel=1e-12)
    assert of.cross_section_sd(R) == pytest.approx(pd.DataFrame(R).std(axis=1).mean(), rel=1e-12)


def test_an_empty_market_has_no_statistics():
    nobody = np.full((5, 4), np.nan)
    assert np.isnan(
        [of.median_volatility(nobody), of.median_excess_kurtosis(nobody), of.cross_section_sd(nobody)]
    ).all()


def test_least_squares_finds_an_exact_line_and_refuses_dependent_regressors():
    x, z = RANDOM.standard_normal((2, 30))
    assert of.regress(1 + 2 * x - 3 * z, x, z) == pytest.approx([1, 2, -3])
    assert np.isnan(of.regress(x, x, 2 * x)).all()


def test_volatility_is_the_standard_deviation_with_n_minus_1():
    assert of.volatility(np.array([1.0, 3.0])) == pytest.approx(np.sqrt(2))
    assert np.isnan(of.volatility(np.array([1.0])))
