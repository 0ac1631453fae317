"""The table of regimes: what a cell says, and where it has it from.

Numbers: daily market totals of 2015-06-18 (22,664.3 and 63.7 亿), Reuters 2015-07-08, the exchanges' notices.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pandas as pd
import pytest

from pingcang.errors import DataError, ScenarioError
from pingcang.leverage.regimes import RegimeTable, disagreements, found_in, regime_table
from pingcang.leverage.regimes.cells import Cell
from pingcang.leverage.regimes.derived import FORMULAS, derived_cell
from pingcang.leverage.regimes.figures import BY_KEY, FIGURES
from pingcang.leverage.regimes.files import RegimeFile, regime_file
from pingcang.leverage.regimes.from_files import ELSEWHERE, LEVELS, MEANS
from pingcang.leverage.regimes.from_rules import KEYS
from pingcang.leverage.regimes.market_files import within
from pingcang.study.spec_files import read_spec

MARGIN = """date,fin_balance_yi,sec_lending_balance_yi,fin_buy_yi,avg_maintenance_ratio_pct
2015-06-17,22548.2,70.1,1665.0,
2015-06-18,22664.3,63.7,1575.8,
2023-01-03,14495.3,956.5,541.2,266.5
2026-06-24,29926.4,224.8,3378.4,294.1
"""
TURNOVER = "date,amount_yi\n2015-06-17,14781\n2015-06-18,14067.74\n"
FINRA = "month,margin_debt_musd\n2015-06,547957\n2026-06,1502072\n"


@pytest.fixture(scope="module")
def printed() -> RegimeTable:
    return regime_table()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "margin_market_daily.csv").write_text(MARGIN, encoding="utf-8")
    (tmp_path / "index_csi_all_share_daily.csv").write_text(TURNOVER, encoding="utf-8")
    (tmp_path / "finra_margin_debt_monthly.csv").write_text(FINRA, encoding="utf-8")
    return tmp_path


def test_every_cell_has_a_value_with_its_source_or_a_reason(printed: RegimeTable, folder: Path) -> None:
    for table in (printed, regime_table(folder)):
        assert len(table.cells) == len(FIGURES) * 8
        for cell in table.cells.values():
            if cell.value is None:
                assert cell.missing, cell
            else:
                assert cell.source and cell.confidence and not cell.missing, cell


def test_every_figure_has_its_maker() -> None:
    of_files = {*LEVELS, *MEANS, "us_margin_debt", "margin_share_mean"}
    made = {"files": of_files, "formula": {*FORMULAS}, "rules": {*KEYS}}
    assert {kind: {f.key for f in FIGURES if f.made == kind} for kind in made} == made
    assert {key for _, key in ELSEWHERE} <= BY_KEY.keys()


def test_statements_and_reasons_are_of_known_figures() -> None:
    known = regime_file()
    assert {s.figure for s in known.statements} | {r.figure for r in known.missing} <= BY_KEY.keys()


def test_without_files_print_stands_and_the_others_name_their_file(printed: RegimeTable) -> None:
    peak = printed.cell("financing_balance", "cn_2015_06")
    assert (peak.value, peak.date, peak.confidence) == (2.2664e12, dt.date(2015, 6, 18), "computed")
    assert printed.cell("financing_balance", "cn_2022").missing == "needs margin_market_daily.csv in the data folder"
    assert printed.cell("financing_balance", "hk").missing == "not known"
    assert printed.files == ()


def test_files_give_levels_means_and_months(folder: Path) -> None:
    table = regime_table(folder)
    assert table.cell("financing_balance", "cn_2015_06").value == pytest.approx(2.26643e12)
    assert table.cell("financing_mean", "cn_2015_06").value == pytest.approx((2.25482e12 + 2.26643e12) / 2)
    assert table.cell("margin_share_mean", "cn_2015_06").value == pytest.approx(3240.8 / 28848.74)
    assert table.cell("us_margin_debt", "cn_2015_06").value == 547957e6
    assert table.cell("financing_balance", "us").value == 1502072e6
    assert table.cell("financing_balance", "us").unit == "USD"
    assert table.cell("index", "cn_2015_06").value == 4785.36  # printed; the file is not there


def test_a_day_in_a_gap_takes_the_nearest_and_says_so(folder: Path) -> None:
    cell = regime_table(folder).cell("financing_balance", "cn_2022")
    assert cell.value == pytest.approx(1.44953e12)
    assert cell.date == dt.date(2023, 1, 3)
    assert "2022-12-30 is in a gap" in cell.note


def test_a_day_further_than_ten_days_off_is_not_taken(folder: Path) -> None:
    cell = regime_table(folder).cell("turnover", "cn_2022")
    assert cell.value is None
    assert cell.missing == "index_csi_all_share_daily.csv has nothing within 10 days of 2022-12-30"
    gap = regime_table(folder).cell("financing_mean", "cn_2022").missing
    assert gap.endswith("has no day from 2022-01-01 to 2022-12-31, a gap of the file")


def test_ratios_follow_from_the_cells_they_name(printed: RegimeTable) -> None:
    for figure, formula in FORMULAS.items():
        for regime in printed.regimes:
            cell = printed.cell(figure, regime.key)
            if cell.source != formula.text:
                continue
            inputs = [printed.cell(name, regime.key).value for name in formula.inputs]
            assert cell.value == formula.compute(*inputs)
            assert cell.range[0] <= cell.value <= cell.range[1]
    assert printed.cell("multiple", "cn_2025_09").value == pytest.approx(2.87 / 1.87)
    assert printed.cell("largest_multiple", "cn_2015_06").value == 3.0
    assert printed.cell("largest_multiple", "us").value == 2.0


def test_a_ratio_is_as_sure_as_its_least_sure_input(printed: RegimeTable) -> None:
    assert printed.cell("balance_to_m1", "cn_2015_06").confidence == "stated"
    assert printed.cell("balance_to_float", "cn_2015_06").confidence == "computed"


def test_inputs_of_days_far_apart_make_no_ratio() -> None:
    balance = Cell("margin_balance", "x", 2e12, "CNY", dt.date(2025, 9, 17), "computed", "file")
    cap = Cell("float_cap", "x", 9e13, "CNY", dt.date(2025, 10, 31), "read", "etnet")
    cells = {"margin_balance": balance, "float_cap": cap}
    found = derived_cell(BY_KEY["balance_to_float"], "x", "1", cells, FORMULAS["balance_to_float"])
    assert found.value is None
    assert "too far apart for a ratio" in found.missing


def test_rules_in_force_give_lines_and_lists(printed: RegimeTable) -> None:
    """Exchanges' notices: 50 % until 2015-11-23, 80 % from 2023-09-08, 100 % for new loans from 2026-01-19."""
    found = {regime.key: printed.cell("initial_margin", regime.key).value for regime in printed.regimes}
    assert list(found.values()) == [0.5, 1.0, 0.8, 0.8, 0.8, 1.0, 0.5, None]
    assert printed.rule_sets["cn_2015_06"] == "cn_2014"
    assert printed.cell("marginable", "cn_2015_06").value == 900
    assert printed.cell("close_out_line", "us").value == pytest.approx(4 / 3)
    assert printed.cell("close_out_line", "cn_2025_09").note == "by contract: no rule prescribes it"


def test_what_a_scenario_assumes_for_hong_kong_is_no_fact(printed: RegimeTable) -> None:
    for figure in ("initial_margin", "close_out_line", "short_margin", "largest_multiple"):
        assert printed.cell(figure, "hk").value is None
    assert "no market-wide ratio" in printed.cell("initial_margin", "hk").missing


def test_print_that_a_cell_of_the_same_day_does_not_round_to_is_listed(printed: RegimeTable) -> None:
    found = "\n".join(found_in(printed))
    assert "Margin balance / float, 2015-06: 4.31 % on 2015-06-18" in found
    assert "950 stocks" in found
    assert "6.38" not in found  # 2.27 / 35.6 rounds to it
    assert "2.4054" not in found


def test_a_file_that_contradicts_print_is_listed(folder: Path) -> None:
    assert "22,664" not in "\n".join(found_in(regime_table(folder)))
    (folder / "margin_market_daily.csv").write_text(MARGIN.replace("22664.3", "22700.3"), encoding="utf-8")
    assert "against 22,664 亿 CNY on 2015-06-18" in "\n".join(found_in(regime_table(folder)))


def test_every_disagreement_says_who_what_and_which_is_used() -> None:
    known = disagreements()
    assert len({each.key for each in known}) == len(known) >= 25
    for each in known:
        assert each.said and each.found and each.source and each.used


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("index_csi_all_share_daily.csv", "day,amount_yi\n2015-06-18,1\n", "has no column date; it has day, amount_yi"),
        ("index_csi_all_share_daily.csv", "date,amount_yi\n2015-06-18,x\n", "plain numbers"),
        ("index_csi_all_share_daily.csv", "date,amount_yi\n18.6.15,1\n", "dates are written as 2015-06-12"),
        ("index_csi_all_share_daily.csv", "", "cannot be read as CSV"),
        ("index_csi_all_share_daily.csv", "date,amount_yi\n2015-06-18,1\n2015-06-18,1\n", "2015-06-18 stands twice"),
        ("margin_market_daily.csv", MARGIN.replace("22664.3", "2266430000000"), "fin_balance_yi"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(folder: Path, name: str, text: str, told: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=told) as refusal:
        regime_table(folder)
    assert name in str(refusal.value)


def test_a_folder_without_any_of_the_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds none of margin_market_daily"):
        regime_table(tmp_path)
    with pytest.raises(DataError, match="is no folder"):
        regime_table(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('printed: "22,664"', "printed: about 2"), "no printed number"),
        (('regime: cn_2015_06, printed: "64"', 'regime: cn_1929, printed: "64"'), "cn_1929"),
        (("day: 2015-06-18", "day: 2015-08-18"), "must lie between first and last"),
        (("confidence: stated", "confidence: sure"), "confidence"),
    ],
)
def test_a_wrong_file_of_regimes_is_told_with_its_place(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    from pingcang.leverage.regimes.files import regime_folder

    text = (regime_folder() / "regimes.yaml").read_text(encoding="utf-8")
    assert change[0] in text
    (tmp_path / "regimes.yaml").write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(ScenarioError, match=told):
        read_spec(tmp_path / "regimes.yaml", "regimes", RegimeFile)


@pytest.mark.skipif("PINGCANG_DATA" not in os.environ, reason="PINGCANG_DATA names no folder with the raw market files")
def test_the_real_files_agree_with_what_is_printed_of_them() -> None:
    """What is printed as computed from data comes out of the data; the other lines of `found_in` are real disputes."""
    table = regime_table(Path(os.environ["PINGCANG_DATA"]))
    assert len(table.files) == 5
    lines = found_in(table)
    assert [line for line in lines if "daily market totals" in line or "daily closes" in line] == []
    assert len(lines) == 3
    assert table.cell("financing_balance", "cn_2026_06").value == pytest.approx(2.992643e12)
    assert table.cell("margin_share_mean", "cn_2025_09").value == pytest.approx(0.117, abs=0.0005)


def test_a_window_has_its_first_and_its_last_day() -> None:
    days = pd.DatetimeIndex(["2015-06-11", "2015-06-12", "2015-06-15", "2015-06-16"])
    found = within(pd.Series([1.0, 2.0, 3.0, 4.0], days), dt.date(2015, 6, 12), dt.date(2015, 6, 15))
    assert found.tolist() == [2.0, 3.0]
