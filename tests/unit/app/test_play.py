"""Runs of the page: the same for everybody, the same as on the command line, remembered within bounds."""

import threading

import numpy as np
import pytest

from pingcang.app.callbacks import netcdf_of, yaml_of
from pingcang.app.play import Remembered, play_of, simulate
from pingcang.app.settings import Settings
from pingcang.montecarlo.runner import run_many
from pingcang.results.storage import open_results
from pingcang.scenario import load_scenario

CHINA = {
    "scenario": "china_2015",
    "days": 5,
    "seed": 7,
    "levers": {"close_out_line": 1.4, "shadow": 1.5},
    "band": "0.05",
}
TWO = {"scenario": "two_accounts_one_stock", "days": 5, "seed": 0}


def test_the_same_settings_give_the_same_numbers():
    one, other = simulate(Settings.read(CHINA)), simulate(Settings.read(CHINA))
    for name, values in one.result.variables.items():
        np.testing.assert_array_equal(values, other.result.variables[name], err_msg=name)
    np.testing.assert_array_equal(one.accounts.distance, other.accounts.distance)


def test_the_downloaded_scenario_gives_the_same_run_on_the_command_line(tmp_path):
    """Every variable of `pingcang run FILE --seed 7 --amplification --record stocks`, bit for bit."""
    play = play_of(CHINA)
    file = yaml_of(play)
    (tmp_path / file["filename"]).write_text(file["content"], encoding="utf-8")
    loaded = load_scenario(tmp_path / file["filename"])
    assert loaded.hash == play.loaded.hash
    outcome = run_many(loaded, seed=7, record=("stocks",), amplification=True, out=tmp_path / "run.zarr")
    with open_results(outcome.store) as there:
        here = play.dataset()
        assert set(here.variables) == set(there.variables)
        for name in there.variables:
            np.testing.assert_array_equal(here[name].values, there[name].values, err_msg=str(name))
        assert there.attrs["scenario_hash"] == here.attrs["scenario_hash"]


def test_the_netcdf_of_a_run_reads_back_bit_for_bit(tmp_path):
    import base64

    play = play_of(TWO)
    file = netcdf_of(play)
    (tmp_path / file["filename"]).write_bytes(base64.b64decode(file["content"]))
    with open_results(tmp_path / file["filename"]) as there:
        np.testing.assert_array_equal(there["index"].values, play["index"][None])
        np.testing.assert_array_equal(there["index_no_feedback"].values, play["index_no_feedback"][None])


def test_another_rule_set_meets_the_same_random_numbers():
    """Without feedback no order of a margin account moves a price, so the line cannot change the index."""
    stricter = play_of({**CHINA, "levers": {**CHINA["levers"], "close_out_line": 1.5}})
    np.testing.assert_array_equal(play_of(CHINA)["index_no_feedback"], stricter["index_no_feedback"])
    assert (play_of(CHINA)["index"] != stricter["index"]).any()


def test_distance_is_how_far_assets_may_fall():
    """one_account: 1,000,000 owned, 620,000 owed, line 1.30: 1 − 1.3 · 0.62 = 0.194; called on day 3 below the line."""
    accounts = play_of({"scenario": "one_account", "days": 6, "seed": 0}).accounts
    assert accounts.distance[0, 0] == pytest.approx(0.194)
    assert accounts.distance[3, 0] < 0 < accounts.distance[5, 0]
    assert accounts.debt[0, 0] == 620_000
    assert accounts.name(0) == "retail:0" and accounts.place("retail:0") == 0
    assert accounts.place("retail:1") is None and accounts.place("<b>") is None


def test_the_nearest_accounts_come_first():
    accounts = play_of(CHINA).accounts
    distance = [accounts.distance[5, place] for place in accounts.nearest(5, 30)]
    assert distance == sorted(distance) and len(distance) == 30


def test_runs_are_remembered_within_bounds_and_the_oldest_go():
    computed = []
    known = Remembered(lambda settings: computed.append(settings.seed) or settings.seed, 2)
    for seed in (1, 2, 1, 3, 1, 2):
        assert known(Settings("one_account", 6, seed)) == seed
        assert len(known) <= 2
    assert computed == [1, 2, 3, 2]


def test_what_many_ask_for_at_once_is_computed_once():
    computed, start = [], threading.Barrier(8)
    known = Remembered(lambda settings: computed.append(settings) or object(), 4)
    found = []

    def ask():
        start.wait()
        found.append(known(Settings("one_account", 6, 1)))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(computed) == 1 and len({id(each) for each in found}) == 1


def test_a_failure_is_not_remembered_as_an_outcome():
    calls = []

    def fails_once(settings):
        calls.append(settings)
        if len(calls) == 1:
            raise ValueError("once")
        return "whole"

    known = Remembered(fails_once, 2)
    with pytest.raises(ValueError, match="once"):
        known(Settings("one_account", 6, 1))
    assert known(Settings("one_account", 6, 1)) == "whole"
