"""A replay from the command line: who would have been called, had these prices come?

`replayed/` is a made-up history of ten stocks on twelve days, with limit-downs, a halt and a split, and accounts whose
fate can be worked out by hand (market.yaml says how).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from pingcang.cli import app, main
from pingcang.results.storage import open_results

MARKET = Path(__file__).parent / "replayed" / "market.yaml"


def test_a_replay_tells_who_would_have_been_called_and_sold_out_when(tmp_path: Path) -> None:
    store = tmp_path / "replayed.zarr"
    outcome = CliRunner().invoke(app, ["run", str(MARKET), "--out", str(store), "--json"])
    assert outcome.exit_code == 0, outcome.output
    assert json.loads(outcome.stdout)["metrics"]["margin_calls"]["median"] == 3
    audit = pd.read_parquet(store.with_name("replayed.audit.parquet"))
    dates = open_results(store)["date"].values.astype("datetime64[D]").astype(str)
    changed = audit[(audit["event"] == "state") & audit["state_after"].isin(["CALLED", "FORCED"])]
    told = [
        (dates[day], cohort, int(account), state)
        for day, cohort, account, state in zip(
            changed["day"], changed["cohort"], changed["account"], changed["state_after"], strict=True
        )
    ]
    assert told == [
        ("2015-06-15", "retail", 4, "CALLED"),
        ("2015-06-17", "retail", 4, "FORCED"),
        ("2015-06-17", "retail", 0, "CALLED"),
        ("2015-06-19", "retail", 0, "FORCED"),
        ("2015-06-19", "shadow", 0, "FORCED"),
        ("2015-06-24", "retail", 2, "CALLED"),
        ("2015-06-26", "retail", 2, "FORCED"),
    ]


def test_prices_turnover_and_halts_of_the_dataset_are_those_of_the_file(tmp_path: Path) -> None:
    store = tmp_path / "replayed.zarr"
    assert CliRunner().invoke(app, ["run", str(MARKET), "--out", str(store), "--quiet"]).exit_code == 0
    results = open_results(store).isel(run=0)
    prices = pd.read_csv(MARKET.parent / "prices.csv", dtype={"code": str})
    dates = results["date"].values.astype("datetime64[D]").astype(str)
    closes = prices.pivot(index="date", columns="code", values="close").reindex(index=dates[1:])
    volumes = prices.pivot(index="date", columns="code", values="volume_lots").reindex(index=dates[1:])
    found = pd.DataFrame(results["close"].values[1:], index=dates[1:], columns=results["stock"].values.astype(str))
    whole = [code for code in found.columns if code != "000002"]  # its lots and prices are those before the split
    traded = closes.notna()
    # Changes are printed to 0.01 %: their product may miss a printed close by a tick or two.
    np.testing.assert_allclose(found[whole].where(traded), closes[whole], atol=0.021)
    np.testing.assert_array_equal(results["suspended"].values[1:].sum(axis=1), (~traded).sum(axis=1))
    volume = pd.DataFrame(results["volume"].values[1:], index=dates[1:], columns=found.columns)
    np.testing.assert_allclose(volume[whole], 100 * volumes[whole].fillna(0), rtol=0.002)
    split = found["000002"] / closes["000002"]
    np.testing.assert_allclose(split, [1, 1] + [2] * 10, rtol=0.001)
    np.testing.assert_allclose(
        volume["000002"] * found["000002"], 100 * volumes["000002"] * closes["000002"], rtol=0.002
    )
    assert results["limit_down"].sum("board").values.tolist() == [0, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["run", str(MARKET), "--amplification"], "real prices do not feel the orders of margin accounts"),
        (["validate", "child.yaml"], "prices.csv: has no prices of 2015-07-02, trading days of the calendar"),
    ],
)
def test_a_replay_that_cannot_be_is_refused_before_anything_is_written(
    command: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    child = tmp_path / "child.yaml"
    child.write_text(f"extends: {MARKET}\nname: longer\ncalendar: {{days: 13}}\n", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["pingcang", *command])
    with pytest.raises(SystemExit) as stopped:
        main()
    told = capsys.readouterr()
    assert (stopped.value.code, told.out) == (2, "")
    assert message in told.err
    assert list(tmp_path.iterdir()) == [child]


def test_another_price_file_is_another_dataset(tmp_path: Path) -> None:
    """Runs at the prices of a file are not reused for another file of the same name."""
    for name in ("market.yaml", "prices.csv"):
        (tmp_path / name).write_bytes((MARKET.parent / name).read_bytes())
    command = ["run", str(tmp_path / "market.yaml"), "--out", str(tmp_path / "one.zarr"), "--quiet"]
    assert CliRunner().invoke(app, command).exit_code == 0
    prices = tmp_path / "prices.csv"
    text = prices.read_text(encoding="utf-8")
    prices.write_text(text.replace(",3109,", ",3110,"), encoding="utf-8")
    assert prices.read_text(encoding="utf-8") != text
    refused = CliRunner().invoke(app, command)
    assert refused.exit_code == 2
    assert "another dataset is there" in refused.output
