"""The real AkShare on answers in the exchanges' shape (tests/exchanges/README.md): what is kept, what is refused."""

import datetime as dt
import json

import pandas as pd
import pytest

from exchanges import bodies
from exchanges.site import HOLIDAY, MONDAY, NOW, FakeClock, Site, contents, need_akshare, played
from pingcang.errors import ScenarioError
from pingcang.leverage.fetch import FetchError, fetch
from pingcang.leverage.fetch.tables import SSE_KEYS, TABLES

TUESDAY = MONDAY + dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _akshare():
    need_akshare()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "margin"


def run(monkeypatch, folder, site=None, **options):
    """(what is told, what was asked) of a fetch from the Monday on."""
    with played(monkeypatch, site or Site()) as asked:
        return fetch(folder, MONDAY, clock=FakeClock(asked.now), **options), asked.asked


def refused(monkeypatch, folder, fault, **options):
    """The message of a fetch that fails."""
    with pytest.raises(FetchError) as caught:
        run(monkeypatch, folder, Site(fault=fault), **{"last": TUESDAY, "retries": 0, **options})
    return str(caught.value)


def test_each_table_has_a_file_a_day_with_exactly_the_columns_of_akshare(monkeypatch, folder):
    run(monkeypatch, folder, detail=True)
    for table in TABLES:
        files = sorted((folder / table.name).glob("*.csv")) or [folder / f"{table.name}.csv"]
        assert len(files) == {"stock_margin_account_info": 1}.get(table.name, 8 if table.site == "SSE" else 7)
        for file in files:
            assert tuple(pd.read_csv(file).columns) == table.columns


def test_figures_are_those_that_were_sent(monkeypatch, folder):
    run(monkeypatch, folder, detail=True)
    shanghai = pd.read_csv(folder / "stock_margin_sse" / f"{MONDAY}.csv").iloc[0]
    sent = bodies.sse_total(MONDAY)
    assert shanghai.to_dict() == {
        "信用交易日期": 20250915, "融资余额": sent["rzye"], "融资买入额": sent["rzmre"], "融券余量": sent["rqyl"],
        "融券余量金额": sent["rqylje"], "融券卖出量": sent["rqmcl"], "融资融券余额": sent["rzrqjyzl"],
    }  # fmt: skip
    shenzhen = (folder / "stock_margin_szse" / f"{MONDAY}.csv").read_text(encoding="utf-8").splitlines()[1]
    assert shenzhen == "800.5,11056.47,0.3,8.1,60.25,11116.72"
    detail = pd.read_csv(folder / "stock_margin_detail_szse" / f"{MONDAY}.csv", dtype={"证券代码": str})
    assert detail["证券代码"].tolist() == ["000001", "159915", "300750"]
    assert detail["证券简称"].tolist() == ["丙银行", "创业板", "丁时代"]
    assert detail["融资余额"].tolist() == [4_000_005_647, 700_000_000, 8_000_005_647]
    repaid = pd.read_csv(folder / "stock_margin_detail_sse" / f"{MONDAY}.csv")["融资偿还额"]
    assert repaid.tolist() == [5_000_000] * 3


def test_few_requests_a_year_of_shanghai_in_one_and_no_weekend(monkeypatch, folder):
    told, asked = run(monkeypatch, folder)
    assert asked[:4] == ["eastmoney 1", "eastmoney 1", "eastmoney 2", "sse 20250915 20250925"]
    days = [*range(15, 20), *range(22, 26)]
    assert asked[4:] == [f"szse 2025-09-{day}" for day in days]
    assert told.requests == len(asked) == 13


def test_the_series_has_the_pages_of_eastmoney_in_the_order_of_the_days(monkeypatch, folder, capfd):
    run(monkeypatch, folder)
    series = pd.read_csv(folder / "stock_margin_account_info.csv")
    assert series["日期"].is_monotonic_increasing and series["日期"].iloc[-1] == "2025-09-25"
    assert series["平均维持担保比例"].iloc[0] == 280.5
    assert capfd.readouterr() == ("", ""), "AkShare's own bar is not shown"


def test_an_empty_day_is_a_holiday_once_a_later_day_has_figures_and_not_published_before(monkeypatch, folder):
    told, _ = run(monkeypatch, folder, detail=True)
    assert told.closed == [HOLIDAY]
    thursday = dt.date(2025, 9, 25)
    assert {name: report.unpublished for name, report in told.tables.items()} == {
        "stock_margin_account_info": [],
        "stock_margin_sse": [],
        "stock_margin_szse": [thursday],
        "stock_margin_detail_sse": [],
        "stock_margin_detail_szse": [thursday],
    }


def test_what_is_there_is_not_asked_again(monkeypatch, folder):
    run(monkeypatch, folder, detail=True)
    before = contents(folder)
    told, asked = run(monkeypatch, folder, detail=True)
    assert asked == ["szse 2025-09-25", "szse detail 2025-09-25"]
    assert contents(folder) == before
    assert [report.kept for report in told.tables.values()] == [1, 8, 7, 8, 7]


def test_a_day_later_only_what_is_new_is_asked(monkeypatch, folder):
    run(monkeypatch, folder)
    later = Site(now=NOW + dt.timedelta(days=3))  # Monday
    _, asked = run(monkeypatch, folder, later)
    assert asked == [
        *("eastmoney 1", "eastmoney 1", "eastmoney 2"),
        *("sse 20250926 20250926", "szse 2025-09-25", "szse 2025-09-26"),
    ]


def test_refresh_asks_for_everything_but_known_holidays_stay_known(monkeypatch, folder):
    run(monkeypatch, folder)
    before = contents(folder)
    (folder / "stock_margin_szse" / f"{MONDAY}.csv").write_text("changed by hand", encoding="utf-8")
    told, asked = run(monkeypatch, folder, refresh=True)
    assert len(asked) == 13 - 1  # the holiday
    assert told.written == 1 + 8 + 7
    assert contents(folder) == before


def test_columns_in_another_order_would_get_each_others_names_and_are_refused(monkeypatch, folder):
    def swapped(_, asked):
        if asked.startswith("sse 2"):
            rows = [{key: row[key] for key in sorted(row, reverse=True)} for row in [bodies.sse_total(MONDAY)]]
            return 200, {}, bodies.sse(rows)
        return None

    message = refused(monkeypatch, folder, swapped)
    assert message.startswith(
        "SSE, stock_margin_sse, 2025-09-15 to 2025-09-16: sent the columns stockCode, securityAbbr"
    )
    assert ", ".join(SSE_KEYS) in message
    assert not (folder / "stock_margin_sse").exists()
    assert len(list((folder / "stock_margin_szse").iterdir())) == 2, "the other table goes on"


@pytest.mark.parametrize(
    ("table", "body", "what"),
    [
        ("sse 2", bodies.sse([bodies.sse_total(MONDAY)], total=2), "sent 1 of 2 rows"),
        ("sse 2", bodies.sse([bodies.sse_total(dt.date(2025, 9, 12))]), "sent the figures of 2025-09-12 when"),
        ("sse 2", bodies.sse([bodies.sse_total(MONDAY)] * 2), "sent 2 rows of 2025-09-15, where there is one a day"),
        ("sse 2", b'{"result": [{"opDate": "20250915"}], "pageHelp": {"total": 1}}', "sent the columns opDate; known"),
        ("sse 2", b'{"error": "no"}', "sent another structure than the known one (KeyError: 'result')"),
        ("szse 2", b"[]", "sent another structure than the known one (IndexError"),
        (
            *("szse 2", bodies.szse([bodies.szse_total(MONDAY)], dt.date(2025, 9, 12))),
            "sent the figures of 2025-09-12 when asked for 2025-09-15",
        ),
        ("szse 2", bodies.szse([{**bodies.szse_total(MONDAY), "jrrzye": "-"}], MONDAY), "column 融资余额 has cells"),
        ("szse 2", bodies.szse([{**bodies.szse_total(MONDAY), "jrrzye": 11056.47}], MONDAY), "cannot read what was"),
        ("eastmoney", b'{"result": null, "success": false}', "sent another structure than the known one (TypeError"),
    ],
)  # fmt: skip
def test_another_answer_than_the_known_one_is_refused_and_kept_nowhere(monkeypatch, folder, table, body, what):
    message = refused(monkeypatch, folder, lambda _, asked: (200, {}, body) if asked.startswith(table) else None)
    assert what in message
    name = {"sse 2": "stock_margin_sse", "szse 2": "stock_margin_szse"}.get(table, "stock_margin_account_info")
    assert f", {name}, " in message and message.count("\n") == 1
    assert not [file for file in contents(folder) if file.startswith(f"{name}/") or file == f"{name}.csv"]


def test_a_workbook_with_another_head_is_refused(monkeypatch, folder):
    head = ["证券代码", "证券简称", "融资余额(元)", "融资买入额(元)", *bodies.SZSE_HEAD[4:]]
    book = bodies.szse_workbook(bodies.szse_securities(MONDAY), head)
    message = refused(
        *(monkeypatch, folder, lambda _, asked: (200, {}, book) if asked.startswith("szse detail") else None),
        detail=True,
    )
    assert "stock_margin_detail_szse, 2025-09-15: sent the columns 证券代码, 证券简称, 融资余额, 融资买入额" in message


@pytest.mark.parametrize("rows", [[], [["没有找到符合条件的数据!"]]])
def test_an_empty_workbook_is_a_day_without_figures(monkeypatch, folder, rows):
    book = bodies.szse_workbook(rows)
    told, _ = run(
        *(monkeypatch, folder),
        Site(fault=lambda _, asked: (200, {}, book) if asked.startswith("szse detail") else None),
        detail=True,
        last=TUESDAY,
    )
    assert told.tables["stock_margin_detail_szse"].unpublished == [MONDAY, TUESDAY]


def test_a_version_of_akshare_that_gives_other_columns_is_refused(monkeypatch, folder):
    akshare = need_akshare()
    real = akshare.stock_margin_szse
    monkeypatch.setattr(
        akshare, "stock_margin_szse", lambda **asked: real(**asked).rename(columns={"融资余额": "余额"})
    )
    message = refused(monkeypatch, folder, None)
    assert "stock_margin_szse, 2025-09-15: AkShare gives the columns 融资买入额, 余额, " in message


def test_a_version_of_akshare_that_cannot_be_paced_is_refused(monkeypatch, folder):
    monkeypatch.setattr(need_akshare(), "stock_margin_szse", lambda **_: pd.DataFrame())
    assert "asked in a way that cannot be paced (no request)" in refused(monkeypatch, folder, None)


def test_a_version_of_akshare_without_a_function_is_told(monkeypatch, folder):
    monkeypatch.delattr(need_akshare(), "stock_margin_szse")
    with pytest.raises(ScenarioError, match=r"has no stock_margin_szse; pip install --upgrade 'pingcang\[data\]'"):
        run(monkeypatch, folder)


@pytest.mark.parametrize("seconds", ["7", "Fri, 26 Sep 2125 07:00:00 GMT"])
def test_a_site_that_wants_to_be_left_alone_is(monkeypatch, folder, seconds):
    clock = FakeClock()
    answers = Site(fault=lambda n, _: (429, {"Retry-After": seconds}, b"") if n == 1 else None)
    with played(monkeypatch, answers):
        if seconds == "7":
            fetch(folder, MONDAY, TUESDAY, clock=clock)
            assert 7 <= clock.slept[0] < 7.6 and answers.asked[:2] == ["eastmoney 1"] * 2
        else:  # longer than anybody should wait
            with pytest.raises(
                FetchError, match=r"Eastmoney, .*: HTTP 429, wants to be left alone for .*; asked 1 time"
            ):
                fetch(folder, MONDAY, TUESDAY, clock=clock)


def test_a_refusal_is_taken_for_what_it_is(monkeypatch, folder):
    message = refused(monkeypatch, folder, lambda _, asked: (403, {}, b"") if "szse" in asked else None, retries=9)
    assert "SZSE, stock_margin_szse, 2025-09-15: HTTP 403; asked 1 time\n" in message


def test_a_page_for_robots_is_no_answer_and_is_asked_for_again(monkeypatch, folder):
    page = b"<html>  <script>prove that you are\n no robot</script></html>"
    answers = Site(fault=lambda n, asked: (200, {}, page) if asked.startswith("sse 2") and n < 6 else None)
    told, asked = run(monkeypatch, folder, answers, last=TUESDAY)
    assert [each for each in asked if each.startswith("sse 2")] == ["sse 20250915 20250916"] * 3
    assert len(told.tables["stock_margin_sse"].written) == 2
    message = refused(monkeypatch, folder / "2", lambda _, asked: (200, {}, page) if "sse 2" in asked else None)
    assert "sent something that cannot be read, beginning '<html> <script>prove that you are no robot" in message


def test_one_exchange_down_is_named_and_the_rest_is_kept(monkeypatch, folder):
    from requests import ConnectionError as NoConnection

    site = Site(fault=lambda _, asked: (0, {}, NoConnection("refused")) if "szse" in asked else None)
    with pytest.raises(FetchError) as caught:
        run(monkeypatch, folder, site, detail=True, retries=3)
    assert str(caught.value).splitlines() == [
        "SZSE, stock_margin_szse, 2025-09-15: no answer (ConnectionError: refused); asked 4 times",
        f"17 new files kept in {folder}; the same command goes on with what is missing",
    ]
    assert caught.value.exit_code == 3
    assert sum("szse" in asked for asked in site.asked) == 4, "a site that is down is asked for nothing more"
    assert len(contents(folder)) == 17
    failure = json.loads((folder / "fetch.json").read_text(encoding="utf-8"))["commands"][-1]
    assert failure["outcome"] == "failed" and failure["failures"][0]["site"] == "SZSE"


def test_after_a_fault_the_same_command_gives_the_files_of_an_undisturbed_one(monkeypatch, folder):
    run(monkeypatch, folder / "undisturbed", detail=True)
    for n in (2, 5, 3, 1):
        with pytest.raises(FetchError):
            run(monkeypatch, folder / "x", Site(fault=lambda k, _, n=n: (500, {}, b"") if k >= n else None), retries=0)
    run(monkeypatch, folder / "x", detail=True)
    assert contents(folder / "x") == contents(folder / "undisturbed")
