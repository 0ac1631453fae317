"""Days on which an exchange traded and a file has nothing are found, with a calendar or without one."""

from __future__ import annotations

import logging
from pathlib import Path

import pandas as pd
import pytest

from pingcang.errors import DataError
from pingcang.loaders import missing_days, read_margin_balances


def written(folder: Path, days: list[str]) -> Path:
    path = folder / "margin.csv"
    path.write_text("date,financing_balance_yi\n" + "".join(f"{day},22205\n" for day in days))
    return path


@pytest.mark.parametrize(
    ("days", "gaps"),
    [
        (["2015-06-11", "2015-06-12", "2015-06-15"], []),  # a weekend
        (["2015-07-13", "2015-07-15"], [("2015-07-13", "2015-07-15")]),  # a Tuesday that can be no holiday
        (["2015-09-02", "2015-09-07"], []),  # the parade of 3 September
        (["2020-01-23", "2020-02-03"], []),  # the longest Spring Festival
        (["2025-09-30", "2025-10-09"], []),  # National Day
        (["2024-01-12", "2024-03-01"], [("2024-01-12", "2024-03-01")]),  # more than any holiday
        (["2015-02-02", "2015-02-16"], [("2015-02-02", "2015-02-16")]),  # in the time of a holiday, but too long
        (["2015-06-12"], []),
    ],
)
def test_gaps_are_told_without_a_calendar(
    days: list[str], gaps: list[tuple[str, str]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        found = read_margin_balances(written(tmp_path, days))
    assert found.attrs["gaps"] == [(pd.Timestamp(before), pd.Timestamp(after)) for before, after in gaps]
    assert [message for message in caplog.messages if "days are missing" in message] == [
        f"{tmp_path / 'margin.csv'}: days are missing between {before} and {after}; changes over these are no "
        "changes of a day"
        for before, after in gaps
    ]


def test_the_days_of_another_file_are_the_better_calendar(tmp_path: Path) -> None:
    """A day in the time of holidays on which the index has a close."""
    path = written(tmp_path, ["2015-09-10", "2015-09-14"])
    assert read_margin_balances(path).attrs["gaps"] == []
    calendar = pd.to_datetime(["2015-09-09", "2015-09-10", "2015-09-11", "2015-09-14", "2015-09-15"])
    found = read_margin_balances(path, calendar=calendar)
    assert found.attrs["gaps"] == [(pd.Timestamp("2015-09-10"), pd.Timestamp("2015-09-14"))]
    assert list(missing_days(pd.DatetimeIndex(found.index), calendar)) == [pd.Timestamp("2015-09-11")]


def test_gaps_are_refused_on_request(tmp_path: Path) -> None:
    path = written(tmp_path, ["2015-07-13", "2015-07-15"])
    with pytest.raises(DataError) as refusal:
        read_margin_balances(path, strict_days=True)
    assert str(refusal.value) == (
        f"{path}: days are missing between 2015-07-13 and 2015-07-15; add them, or read without strict_days, "
        "and changes over these gaps are no changes of a day"
    )
