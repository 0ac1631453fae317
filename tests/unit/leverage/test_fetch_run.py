"""What is asked, in which order, how politely; what is remembered. A made-up source stands for AkShare."""

import datetime as dt
import json
import random

import pandas as pd
import pytest

from exchanges.site import HOLIDAY, MONDAY, NOW, FakeClock, contents
from pingcang.errors import DataError, ScenarioError, StorageError
from pingcang.leverage.fetch import FetchError, fetch
from pingcang.leverage.fetch.dates import weekdays
from pingcang.leverage.fetch.faults import UnreachableError
from pingcang.leverage.fetch.folder import Folder
from pingcang.leverage.fetch.pace import BACK_OFF, LONGEST, Clock, Pace
from pingcang.leverage.fetch.tables import SSE_DATE, START, Span

FRIDAY = dt.date(2025, 9, 19)


class Made:
    """Figures of every weekday up to `until`, but of `closed` ones; `asked` tells what it was asked."""

    version = "made up"

    def __init__(self, closed=(HOLIDAY,), until=dt.date(2025, 9, 25), since=START, silent=()):
        self.closed, self.until, self.since, self.silent = closed, until, since, silent
        self.asked = []

    def ask(self, table, first, last):
        self.asked.append((table.name, first, last))
        days = [day for day in weekdays(first, min(last, self.until)) if day not in self.closed and day >= self.since]
        if table.site in self.silent:
            days = []
        row = dict.fromkeys(table.columns, 1)
        if table.span is Span.SERIES:
            return pd.DataFrame([row])
        rows = [{**row, SSE_DATE: f"{day:%Y%m%d}"} if SSE_DATE in row else row for day in days]
        return pd.DataFrame(rows, columns=table.columns) if rows else None

    def days(self, name):
        return [first for table, first, _ in self.asked if table == name]


def run(folder, source, first=MONDAY, last=None, now=NOW, **options):
    return fetch(folder, first, last, source=source, clock=FakeClock(now), **options)


def journal(folder):
    return json.loads((folder / "fetch.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        (dt.date(2010, 3, 30), None, "--from: found 2010-03-30, but margin trading began on 2010-03-31"),
        (dt.date(2025, 9, 27), None, "--from: found 2025-09-27, must not lie after today (2025-09-26 in Shanghai)"),
        (MONDAY, dt.date(2025, 9, 27), "--to: found 2025-09-27, must not lie after today"),
        (FRIDAY, MONDAY, "--to: found 2025-09-15, must not lie before --from (2025-09-19)"),
    ],
)
def test_a_range_that_cannot_be_is_refused_before_anything_is_written(tmp_path, first, last, message):
    with pytest.raises(ScenarioError) as caught:
        run(tmp_path / "x", Made(), first, last)
    assert str(caught.value).startswith(message) and not (tmp_path / "x").exists()


def test_exchange_and_pause_are_checked(tmp_path):
    with pytest.raises(ScenarioError, match="--exchange: found 'BSE', must be SSE or SZSE"):
        run(tmp_path, Made(), exchange="BSE")
    with pytest.raises(ScenarioError, match=r"--pause: found 0\.2, must be at least 1 s, out of politeness"):
        run(tmp_path, Made(), pause=0.2)


def test_today_is_never_asked_for(tmp_path):
    source = Made()
    told = run(tmp_path, source, NOW.date(), NOW.date())
    assert source.asked == [] and told.written == 0


def test_a_long_range_is_one_request_a_year_to_shanghai(tmp_path):
    source = Made()
    run(tmp_path, source, dt.date(2023, 12, 27), dt.date(2025, 1, 3), exchange="SSE", refresh=True)
    assert [(str(first), str(last)) for _, first, last in source.asked] == [
        *(("2023-12-27", "2023-12-29"), ("2024-01-01", "2024-12-31"), ("2025-01-01", "2025-01-03")),
    ]
    assert len(contents(tmp_path)) == 3 + len(weekdays(dt.date(2024, 1, 1), dt.date(2024, 12, 31))) + 3


def test_one_exchange_alone_is_asked_alone_and_without_the_series(tmp_path):
    for exchange, other in (("SSE", "szse"), ("SZSE", "_sse")):
        source = Made()
        told = run(tmp_path / exchange, source, exchange=exchange, detail=True)
        assert len(told.tables) == 2 and not [name for name, *_ in source.asked if other in name or "info" in name]


def test_details_are_not_asked_of_a_day_on_which_neither_exchange_traded(tmp_path):
    source = Made()
    told = run(tmp_path, source, detail=True)
    assert told.closed == [HOLIDAY]
    assert HOLIDAY in source.days("stock_margin_szse") and HOLIDAY not in source.days("stock_margin_detail_szse")


def test_holidays_are_remembered_and_not_asked_again(tmp_path):
    run(tmp_path, Made(), last=FRIDAY)
    assert journal(tmp_path)["empty"] == {
        name: {str(HOLIDAY): "2025-09-26T07:00:00+08:00"} for name in ("stock_margin_sse", "stock_margin_szse")
    }
    again = Made()
    run(tmp_path, again, last=FRIDAY, now=NOW + dt.timedelta(days=400), exchange="SZSE")
    assert again.asked == []


def test_a_day_that_only_one_exchange_lacks_is_no_holiday_and_is_asked_again_after_a_week(tmp_path):
    run(tmp_path, Made(closed=()), last=FRIDAY, exchange="SSE")
    told = run(tmp_path, Made(), last=FRIDAY)
    assert told.closed == [] and told.tables["stock_margin_szse"].gaps == [HOLIDAY]
    soon, later = Made(), Made(closed=())
    run(tmp_path, soon, last=FRIDAY, now=NOW + dt.timedelta(days=6), exchange="SZSE")
    assert soon.asked == []
    told = run(tmp_path, later, last=FRIDAY, now=NOW + dt.timedelta(days=8), exchange="SZSE")
    assert later.days("stock_margin_szse") == [HOLIDAY]
    assert told.tables["stock_margin_szse"].gaps == [] and journal(tmp_path)["empty"]["stock_margin_szse"] == {}


def test_days_without_figures_at_the_end_are_not_published_yet_and_asked_each_time(tmp_path):
    late = Made(until=dt.date(2025, 9, 23))
    told = run(tmp_path, late)
    missing = [dt.date(2025, 9, 24), dt.date(2025, 9, 25)]
    assert told.tables["stock_margin_sse"].unpublished == told.tables["stock_margin_szse"].unpublished == missing
    again = Made()
    run(tmp_path, again)
    assert again.days("stock_margin_szse") == missing and again.days("stock_margin_sse") == missing[:1]


def test_an_exchange_that_has_nothing_for_weeks_is_not_believed_and_not_asked_on(tmp_path):
    source = Made(silent=("SZSE",))
    with pytest.raises(FetchError, match=r"SZSE, stock_margin_szse, .*: sent no figures of 30 weekdays in a row"):
        run(tmp_path, source, dt.date(2025, 3, 3))
    assert len(source.days("stock_margin_szse")) == 31
    assert journal(tmp_path)["empty"].get("stock_margin_szse", {}) == {}


def test_the_longest_holidays_are_believed(tmp_path):
    week = weekdays(dt.date(2024, 10, 1), dt.date(2024, 10, 7))
    told = run(tmp_path, Made(closed=week), dt.date(2024, 9, 23), dt.date(2024, 10, 31))
    assert told.closed == week and told.failures == []


def test_the_series_is_fetched_again_when_it_is_a_day_old(tmp_path):
    run(tmp_path, Made(), last=FRIDAY)
    for hours, asked in ((23, []), (25, ["stock_margin_account_info"])):
        source = Made()
        run(tmp_path, source, last=FRIDAY, now=NOW + dt.timedelta(hours=hours))
        assert [name for name, *_ in source.asked] == asked


def test_refresh_takes_nothing_away(tmp_path):
    run(tmp_path, Made(closed=()), last=FRIDAY)
    before = contents(tmp_path)
    told = run(tmp_path, Made(), last=FRIDAY, refresh=True)
    assert contents(tmp_path) == before and told.tables["stock_margin_szse"].gaps == []


def test_every_request_waits_at_least_the_pause_after_the_last_answer():
    clock = FakeClock()
    pace = Pace(2.0, clock, random.Random(1))
    for _ in range(200):
        pace.wait()
        clock.passed += 0.75  # the answer takes its time
        pace.answered()
    assert len(clock.slept) == 199 and pace.requests == 200
    assert min(clock.slept) >= 2.0 and max(clock.slept) <= 3.0 and max(clock.slept) - min(clock.slept) > 0.9


def test_an_answer_that_took_long_does_not_shorten_the_pause():
    clock = FakeClock()
    pace = Pace(1.0, clock, random.Random(1))
    pace.wait()
    clock.passed += 60
    pace.answered()
    pace.wait()
    assert clock.slept[0] >= 1.0


def failing(reasons):
    """A question that fails with these reasons, and then is answered."""
    left = list(reasons)

    def ask():
        if left:
            raise left.pop(0)
        return "figures"

    return ask


def test_after_each_fault_it_waits_twice_as_long():
    clock = FakeClock()
    pace = Pace(1.0, clock, random.Random(1))
    assert pace.persistently(failing([UnreachableError("down")] * 4), retries=4) == "figures"
    for slept, shortest in zip(clock.slept, [5, 10, 20, 40], strict=True):
        assert shortest <= slept <= 1.5 * shortest
    assert BACK_OFF == 5


def test_no_wait_is_longer_than_five_minutes_and_a_half_of_it():
    clock = FakeClock()
    Pace(1.0, clock, random.Random(1)).persistently(failing([UnreachableError("down")] * 12), retries=12)
    assert max(clock.slept) <= 1.5 * LONGEST == 450


@pytest.mark.parametrize("retries", [0, 2])
def test_it_stops_after_so_many_retries_and_says_how_often_it_asked(retries):
    ask = failing([UnreachableError("down")] * 9)
    with pytest.raises(UnreachableError, match=f"down; asked {retries + 1} time"):
        Pace(1.0, FakeClock()).persistently(ask, retries)


def test_ctrl_c_tells_what_is_kept_and_the_same_command_goes_on(tmp_path):
    class Interrupted(Made):
        def ask(self, table, first, last):
            if len(self.asked) == 6:
                raise KeyboardInterrupt
            return super().ask(table, first, last)

    with pytest.raises(KeyboardInterrupt) as caught:
        run(tmp_path / "x", Interrupted())
    assert str(caught.value) == (
        f"interrupted: 12 new files kept in {tmp_path / 'x'}; the same command goes on with what is missing"
    )
    assert journal(tmp_path / "x")["commands"][-1]["outcome"] == "interrupted"
    run(tmp_path / "x", Made())
    run(tmp_path / "y", Made())
    assert contents(tmp_path / "x") == contents(tmp_path / "y")


def test_a_second_process_in_the_folder_is_refused(tmp_path):
    with Folder(tmp_path).held(), pytest.raises(ScenarioError, match=r"another pingcang fetch is at work here"):
        run(tmp_path, Made())
    assert run(tmp_path, Made()).written


def test_what_a_killed_process_left_unfinished_is_thrown_away(tmp_path):
    (tmp_path / ".unfinished").mkdir()
    (tmp_path / ".unfinished" / ".2025-09-15.abc.tmp.csv").write_text("half", encoding="utf-8")
    run(tmp_path, Made())
    assert not (tmp_path / ".unfinished").exists()


def test_the_journal_tells_versions_times_tables_and_days(tmp_path):
    run(tmp_path, Made(), last=FRIDAY)
    told = journal(tmp_path)
    command = told["commands"][0]
    assert command["akshare"] == "made up" and command["pingcang"] and command["outcome"] == "done"
    assert command["began"] == "2025-09-26T07:00:00+08:00" and command["from"] == "2025-09-15"
    assert command["tables"]["stock_margin_szse"] == {
        "written": 4,
        "first_written": "2025-09-15",
        "last_written": "2025-09-19",
        "kept": 0,
        "not_published_yet": [],
        "without_figures": [],
    }
    assert told["series"] == {"stock_margin_account_info": "2025-09-26T07:00:00+08:00"}


def test_the_journal_keeps_the_latest_commands(tmp_path, monkeypatch):
    monkeypatch.setattr("pingcang.leverage.fetch.journal.REMEMBERED", 3)
    for minute in range(5):
        run(tmp_path, Made(), last=MONDAY, now=NOW + dt.timedelta(minutes=minute), exchange="SSE")
    assert [command["began"][14:16] for command in journal(tmp_path)["commands"]] == ["02", "03", "04"]


@pytest.mark.parametrize("text", ["{", "[]", '{"commands": []}'])
def test_a_journal_that_is_none_is_named_with_the_way_out(tmp_path, text):
    (tmp_path / "fetch.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"fetch\.json: is no journal of pingcang fetch .*; remove it"):
        run(tmp_path, Made())
    (tmp_path / "fetch.json").unlink()
    assert run(tmp_path, Made()).written


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="file: cannot be written"):
        run(tmp_path / "file", Made())


def test_the_clock_is_that_of_the_exchanges():
    assert Clock().now().utcoffset() == dt.timedelta(hours=8)
    assert abs(Clock().now().timestamp() - dt.datetime.now(dt.UTC).timestamp()) < 60
