"""Margin figures of the exchanges, fetched through AkShare into a folder: a file a date and table, asked for once.

Nothing in pingcang talks to the network but `fetch`, and `fetch` runs only when it is called.
"""

from pingcang.leverage.fetch.faults import FetchError
from pingcang.leverage.fetch.report import Fetched
from pingcang.leverage.fetch.run import fetch

__all__ = ["FetchError", "Fetched", "fetch"]
