"""The crash of 2015 forked at its worst: everything that a day can leave behind is there at the eve."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from forks import RECORD, assert_same_market, continued, finished, state_of
from pingcang.accounts.book import CALLED, FORCED
from pingcang.model import MarginMarket
from pingcang.montecarlo.fork import eve, forked, load_state, restore, run_fork, save_state
from pingcang.montecarlo.runner import run_many
from pingcang.results.compare import differences
from pingcang.results.storage import open_results
from pingcang.scenario import load_scenario

CRASH = load_scenario("china_2015", settings=["scale=0.002", "calendar.days=22", "impact.transient_share=0.3"])
"""With a transient part of the impact, which the fitted scenario leaves out."""
AT = dt.date(2015, 7, 9)
ARMS = {
    "as_is": {},
    "no_compulsion": {"cohorts.retail.contract.close_out_line": 1.2, "rules.call_window": 5},
    "stricter": {"rules.close_out_line": 1.4, "rules.liquidation": "largest_first"},
    "no_rescue": ["events.7.rescue=", "events.8.rescue=", "events.9.rescue="],
    "open_market": {"exchange.price_limits": False, "resume.stocks": "all", "exchange.uptick_rule": False},
    "shadow_called_in": {"credit_withdrawal": {"cohort": "shadow", "share": 0.3}, "impact.noise_bids": 0.03},
}


@pytest.fixture(scope="module")
def at_the_eve() -> MarginMarket:
    """The market at the close of 2015-07-08, from its start."""
    market = MarginMarket(CRASH, seed=7, record=RECORD)
    while market.date < dt.date(2015, 7, 8):
        market.step()
    return market


def test_the_eve_holds_everything_that_a_day_can_leave_behind(at_the_eve: MarginMarket) -> None:
    stocks, books = at_the_eve.stocks, {p.name: p.book for p in at_the_eve.populations}
    states = np.concatenate([book.state for book in books.values()])
    assert (states == CALLED).any() and (states == FORCED).any()
    assert (books["retail"].forced_on > at_the_eve.day).any()  # calls that run on over the fork
    assert any((book.locked > 0).any() for book in books.values())
    assert any((book.pending_loan + book.pending_own > 0).any() for book in books.values())
    assert any((book.presell > 0).any() for book in books.values())
    assert any((book.remainder > 0).any() for book in books.values())
    assert (books["short_seller"].lots < 0).any() and (books["short_seller"].frozen > 0).any()
    assert (stocks.transient != 0).any() and (stocks.suspended != 0).any()
    assert stocks.halt_requested.any() and stocks.halts_today > 0
    assert at_the_eve.national_team.spent_today > 0 and at_the_eve.national_team.lots.any()
    assert at_the_eve.rest.trend != 0 and any(p.memory != 0 for p in at_the_eve.populations)


@pytest.mark.parametrize("label", ARMS)
def test_every_arm_of_the_crash_is_the_same_to_the_bit_forked_or_from_its_start(label: str) -> None:
    arm = forked(CRASH, AT, {label: ARMS[label]})[label]
    state = eve(CRASH, dt.date(2015, 7, 8), seed=7, record=RECORD)
    assert_same_market(continued(arm, state), finished(arm, 7))


def test_every_arm_but_the_first_differs_from_the_date_on(at_the_eve: MarginMarket, tmp_path: Path) -> None:
    """Each change is felt; before the date the datasets are the same in every variable."""
    outcomes = run_fork(forked(CRASH, AT, ARMS), AT, out=tmp_path, seed=7, record=("stocks",), threads=1)
    datasets = {label: open_results(outcome.store).load() for label, outcome in outcomes.items()}
    base = datasets.pop("as_is")
    days = at_the_eve.day + 1
    daily = [name for name, variable in base.data_vars.items() if "day" in variable.dims]
    for label, other in datasets.items():
        felt = False
        for name in daily:
            ours, theirs = (each[name].transpose("day", ...).values for each in (base, other))
            assert ours[:days].tobytes() == theirs[:days].tobytes(), f"{label}: {name}"
            felt = felt or ours[days:].tobytes() != theirs[days:].tobytes()
        assert felt, label


def test_two_ordinary_scenarios_are_bit_identical_until_a_dated_rule_tells_them_apart(tmp_path: Path) -> None:
    """Simulated apart, from their starts, with and without the feedback of margin orders."""
    arms = forked(CRASH, AT, {"one": {}, "other": {"rules.close_out_line": 1.4}})
    stores = [
        run_many(
            arm, seed=3, threads=1, record=("stocks", "audit"), amplification=True, out=tmp_path / f"{label}.zarr"
        ).store
        for label, arm in arms.items()
    ]
    one, other = (open_results(store).load() for store in stores)
    before = one["day"].values[one["date"].values < np.datetime64(AT)]
    assert differences(_without_names(one.isel(day=before)), _without_names(other.isel(day=before))) == []
    found = differences(_without_names(one), _without_names(other))
    assert {"index", "index_no_feedback", "forced_sales", "close"} - {text.partition(":")[0] for text in found} == {
        "index_no_feedback"  # without feedback no rule for accounts moves a price
    }


def _without_names(dataset):  # type: ignore[no-untyped-def]
    return dataset.drop_attrs(deep=False)


def test_a_state_on_the_disk_continues_the_crash_in_another_process(at_the_eve: MarginMarket, tmp_path: Path) -> None:
    save_state(eve(CRASH, at_the_eve.date, seed=7, record=RECORD), tmp_path / "eve.npz")
    market = MarginMarket(CRASH, seed=7, record=RECORD)
    restore(market, load_state(tmp_path / "eve.npz", CRASH))
    assert state_of(market) == state_of(at_the_eve)
    arguments = ["china_2015", "--scale", "0.002", "--set", "calendar.days=22", "--set", "impact.transient_share=0.3"]
    told = pingcang(
        "fork", *arguments, "--at", AT, "--seed", 7, "--record", "stocks,audit", "--from", tmp_path / "eve.npz",
        "--arm", "as_is:", "--out", tmp_path / "fork", "--json",
    )  # fmt: skip
    run_many(CRASH, seed=7, threads=1, record=RECORD, out=tmp_path / "own.zarr")
    store = json.loads(told)["arms"]["as_is"]["store"]
    assert differences(open_results(store), open_results(tmp_path / "own.zarr")) == []


def pingcang(*arguments: object) -> str:
    command = [sys.executable, "-m", "pingcang", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


TINY = ("limit_pin", "--at", "2015-01-07", "--arm", "as_is:", "--arm", "line: rules.close_out_line=1.2", "--threads", 1)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("jobs", [1, 2])
def test_after_sigkill_the_same_command_gives_the_undisturbed_datasets(tmp_path: Path, jobs: int) -> None:
    words = [*TINY, "--runs", 60, "--jobs", jobs, "--quiet", "--out"]
    command = [sys.executable, "-m", "pingcang", "fork", *map(str, words), str(tmp_path / "x")]
    process = subprocess.Popen(command, start_new_session=True)
    until = time.monotonic() + 60
    while not list((tmp_path / "x" / "line.zarr.parts").glob("0*.json")):
        assert time.monotonic() < until and process.poll() is None, "no part was seen"
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "x" / "line.zarr").exists()
    kept = sum(1 for _ in (tmp_path / "x").rglob("*.parts/0*.json"))
    assert kept > 0
    pingcang("fork", *words, tmp_path / "x")
    changes = {"as_is": {}, "line": {"rules.close_out_line": 1.2}}
    for label, arm in forked(load_scenario("limit_pin"), dt.date(2015, 1, 7), changes).items():
        own = run_many(arm, runs=60, threads=1, out=tmp_path / f"{label}.zarr")
        assert differences(open_results(tmp_path / "x" / f"{label}.zarr"), open_results(own.store)) == []
