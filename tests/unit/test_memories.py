"""What agents remember of the days before the start, and what it does to them."""

import numpy as np
import pytest

from pingcang import MarginMarket

TINY = {"scale": 0.0005, "calendar.days": 1}


def market(**more):
    return MarginMarket(
        "china_2015", seed=3, **{key.replace(".", "__"): value for key, value in {**TINY, **more}.items()}
    )


def test_memory_and_trend_begin_with_past_returns():
    begun = market(**{"calendar.past_returns": [0.02, -0.01], "impact.trend_decay": 0.5,
                      "cohorts.retail.behaviour.appetite.decay": 0.25})  # fmt: skip
    assert begun.populations[0].memory == pytest.approx(0.75 * 0.02 - 0.01)
    assert begun.rest.trend == pytest.approx(0.5 * (0.5 * 0.02) + 0.5 * -0.01)
    assert begun.up_days == 0
    assert market(**{"calendar.past_returns": [-0.01, 0.02, 0.03]}).up_days == 2


def test_without_past_returns_nothing_is_remembered():
    begun = market(**{"calendar.past_returns": []})
    assert begun.populations[0].memory == begun.rest.trend == 0.0


def active_share(**more):
    begun = market(**{"calendar.past_returns": [-0.1], "cohorts.retail.behaviour.activity": 0.4, **more})
    begun.open()
    return np.mean(begun.populations[0].book.active_session >= 0)


def test_activity_answers_past_returns():
    calm = active_share(**{"cohorts.retail.behaviour.activity_memory": 0})
    less = active_share(**{"cohorts.retail.behaviour.activity_memory": 5})
    assert calm == pytest.approx(0.4, abs=0.05)
    assert less == pytest.approx(0.2, abs=0.05)  # 0.4 · (1 + 5 · −0.1)
    assert active_share(**{"cohorts.retail.behaviour.activity_memory": 20}) == 0.0
    assert active_share(**{"cohorts.retail.behaviour.activity_memory": -1000}) == 1.0


def test_betas_spread_around_what_their_size_gives():
    alike = {
        f"securities.boards.{board}.beta_spread": [[0, 1], [1, 1]]
        for board in ("sse_main", "szse_main", "sme", "chinext")
    }
    own = market().listing.beta / market(**alike).listing.beta
    assert np.mean(own) == pytest.approx(1, abs=0.02)
    assert np.std(own) == pytest.approx(0.18, abs=0.02)
    assert own.min() >= 0.5 and own.max() <= 1.5
