"""The economy acts once, whichever way a market is made: state files, datasets, worker processes, real books."""

from forks import assert_same_market, continued, eve_on, finished
from own_books import own_book
from pingcang.accounts.initial import draw_initial_state
from pingcang.montecarlo.fork import load_state, save_state
from pingcang.montecarlo.runner import run_many
from pingcang.results.compare import differences
from pingcang.results.storage import open_results
from pingcang.scenario import load_scenario, load_text
from twins.written import DATES, busy, loaded

ECONOMY = {
    "government_and_household_debt": 1.264,
    "loan_rate": 0.03,
    "m1_m2_growth_gap": -0.032,
    "reference": {"government_and_household_debt": 0.80, "loan_rate": 0.051, "m1_m2_growth_gap": -0.061},
    "links": {"top_up": {"elasticity": 10}, "appetite": {"elasticity": 0.2}, "rescue": {"elasticity": 1}},
}
TREE = busy(macro=ECONOMY)
MARKET = loaded({**TREE, "events": [*TREE["events"], {"date": DATES[3], "rescue": {"budget": 1e7, "until": DATES[6]}}]})


def test_a_state_on_the_disk_continues_in_the_same_economy(tmp_path):
    save_state(eve_on(MARKET, 3, 5), tmp_path / "eve.npz")
    assert_same_market(continued(MARKET, load_state(tmp_path / "eve.npz", MARKET)), finished(MARKET, 5))


def test_worker_processes_and_the_text_of_a_dataset_give_the_same_economy(tmp_path):
    run_many(MARKET, runs=2, jobs=2, threads=1, out=tmp_path / "one.zarr")
    with open_results(tmp_path / "one.zarr") as one:
        assert one.attrs["scenario_text"] == MARKET.text
        again = load_text(one.attrs["scenario_text"])
        run_many(again, runs=2, jobs=1, threads=1, out=tmp_path / "two.zarr")
        with open_results(tmp_path / "two.zarr") as two:
            assert differences(one, two) == []
        direct = finished(MARKET, 0, run=1).results()
        assert (one["index"].sel(run=1).values == direct["index"]).all()


def test_the_accounts_of_a_real_book_behave_in_the_economy_too(tmp_path):
    retail = {"kind": "retail", "behaviour": {"activity": 0, "top_up_probability": 0.5}}
    path = own_book(tmp_path, cohorts={"retail": retail}, macro=ECONOMY)
    terms = draw_initial_state(load_scenario(path), seed=0, run=0, scale=1.0).days[1].terms
    assert 0.56 < terms["retail"].top_up_probability < 0.58  # odds of 1 become 1.336
    assert terms["retail"].appetite_base == 1.11196159
