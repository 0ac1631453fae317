"""Monitors of made-up balances, and their pages, which unit tests and browser share."""

from functools import cache

import numpy as np

from balances import dataset, days
from pingcang.leverage.monitor.scorecard import monitor
from pingcang.leverage.thresholds import load_thresholds
from pingcang.report.monitor.material import Read
from pingcang.report.monitor.write import page_of
from pingcang.report.page import render

EVIL = '"><script>window.ran=1</script><img src=x onerror="window.ran=1">'
SECTORS = (EVIL, "_$a$b", "=1+1", "bank")
STOCKS = tuple(f"{600000 + number}" for number in range(24))
COMMAND = (
    "pingcang monitor /home/me/secret/balances.csv --sectors=/home/me/secret/x.csv --html out/page.html --overwrite"
)


def data(count=320, *, end="2025-09-17", stocks=STOCKS, **changes):
    """Business days up to a date without the 15 of the first autumn; the balance grows and falls, with all readings."""
    dates = np.delete(days(count + 15, "2024-06-03"), slice(80, 95))
    dates = dates + (np.datetime64(end, "ns") - dates[-1])
    random = np.random.default_rng(7)
    wave = 1.9e12 + 4e11 * np.sin(np.arange(count) / 40.0) + random.normal(0, 2e9, count)
    shares = random.dirichlet(np.ones(len(stocks)))
    turnover = 2.0e12 + random.normal(0, 5e10, count)
    values = {
        "financing_balance": wave,
        "short_balance": 0.008 * wave,
        "margin_purchases": 0.1 * turnover * (1 + random.normal(0, 0.05, count)),
        "maintenance_ratio": 2.8 + random.normal(0, 0.02, count),
        "turnover": turnover,
        "float_cap": np.full(count, 9e13),
        "index": 4000 + 20 * np.cumsum(random.normal(0, 1, count)),
        "stock_financing_balance": wave[:, None] * shares,
        "stock_board": ["SSE"] * (len(stocks) - 1) + ["STAR"],
        "stock_sector": [SECTORS[number % len(SECTORS)] for number in range(len(stocks))],
        "stock_name": [f"{EVIL if number == 3 else 'name'} {number}" for number in range(len(stocks))],
        "notes": (f"/me/secret/series.csv: {EVIL}",),
        **changes,
    }
    return dataset(dates=dates, stocks=stocks, **values)


def bare(count=60, **changes):
    """Balances alone."""
    return dataset(**{"financing_balance": np.linspace(2.0e12, 2.2e12, count), **changes})


def of_runs(runs=5, count=40):
    """Some runs of a simulation."""
    random = np.random.default_rng(3)
    paths = 2.2e12 * np.exp(np.cumsum(random.normal(0, 0.01, (runs, count)), axis=1))
    found = dataset(financing_balance=paths, float_cap=50 * paths[:, ::-1], runs=runs)
    return found.assign_attrs(origin="simulation", name="made")


def read(dataset, thresholds="china_2025", **options):
    """What a page is made from."""
    chosen = None if thresholds is None else load_thresholds(thresholds)
    return Read(monitor(dataset, thresholds=chosen, **options), chosen, COMMAND)


@cache
def whole():
    """The reading with everything in it."""
    return read(data())


@cache
def html():
    """Its page."""
    return render(page_of(whole()))
