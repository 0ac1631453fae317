"""The sites, played back: `Site` answers requests, `played` puts it under AkShare, `served` on the loopback."""

import datetime as dt
import importlib
import io
import os
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest

from exchanges import bodies
from pingcang.leverage.fetch.dates import SHANGHAI, weekdays

MONDAY = dt.date(2025, 9, 15)
NOW = dt.datetime(2025, 9, 26, 7, 0, tzinfo=SHANGHAI)
"""A Friday before trading: Shanghai has published Thursday, Shenzhen Wednesday."""
HOLIDAY = dt.date(2025, 9, 18)
"""Invented: a Thursday without trading."""


def need_akshare():
    """The real AkShare; where it is missing a test is skipped, in continuous integration it fails."""
    try:
        return importlib.import_module("akshare")
    except ImportError:
        if os.environ.get("CI") == "true":
            pytest.fail("AkShare is needed: pip install 'pingcang[test]'")
        pytest.skip("AkShare is needed: pip install 'pingcang[data]'")


class Site:
    """Answers like the three sites; keeps what it was asked. `faults`: function of (n, asked) -> answer or None."""

    def __init__(self, now=NOW, closed=(HOLIDAY,), fault=None):
        self.now, self.closed, self.fault = now, set(closed), fault
        self.asked = []

    def days(self, exchange, first, last):
        """The trading days of which the exchange has published figures."""
        yesterday = self.now.date() - dt.timedelta(days=1)
        published = yesterday if exchange == "sse" else yesterday - dt.timedelta(days=1)
        return [day for day in weekdays(first, min(last, published)) if day not in self.closed]

    def answer(self, url):
        """(status, headers, body) of a request."""
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        asked = self.name(parts.path, query)
        self.asked.append(asked)
        found = None if self.fault is None else self.fault(len(self.asked), asked)
        return found if found is not None else (200, {}, self.body(parts.path, query))

    def name(self, path, query):
        """What is asked, in short."""
        if path.endswith("queryMargin.do"):
            if query["tabType"] == "mxtype":
                return f"sse detail {query['detailsDate']}"
            return f"sse {query['beginDate']} {query['endDate']}"
        if path.endswith("ShowReport"):
            return f"szse detail {query['txtDate']}"
        return f"szse {query['txtDate']}" if "ShowReport" in path else f"eastmoney {query['pageNumber']}"

    def body(self, path, query):
        if path.endswith("queryMargin.do"):
            if query["tabType"] == "mxtype":
                day = dt.datetime.strptime(query["detailsDate"], "%Y%m%d").date()
                return bodies.sse([row for each in self.days("sse", day, day) for row in bodies.sse_securities(each)])
            first, last = (dt.datetime.strptime(query[key], "%Y%m%d").date() for key in ("beginDate", "endDate"))
            return bodies.sse([bodies.sse_total(day) for day in reversed(self.days("sse", first, last))])
        if "ShowReport" in path:
            day = dt.date.fromisoformat(query["txtDate"])
            days = self.days("szse", day, day)
            if path.endswith("data"):
                return bodies.szse([bodies.szse_total(each) for each in days], day)
            return bodies.szse_workbook([row for each in days for row in bodies.szse_securities(each)])
        days = self.days("sse", dt.date(2025, 9, 1), self.now.date())
        half = len(days) // 2
        page = int(query["pageNumber"])
        return bodies.eastmoney(days[half:] if page == 1 else days[:half], page, 2)


@contextmanager
def played(monkeypatch, site):
    """Put the site in place of the network, beneath the real AkShare and the real requests."""
    from requests import PreparedRequest, Response, Session
    from requests.adapters import HTTPAdapter

    def send(adapter, request: PreparedRequest, **options) -> Response:
        assert options["timeout"], "every request has a time limit"
        status, headers, body = site.answer(request.url)
        if isinstance(body, Exception):
            raise body
        response = Response()
        response.status_code, response.raw, response.url = status, io.BytesIO(body), request.url
        response.request, response.reason = request, {503: "Service Unavailable"}.get(status, "")
        response.headers.update(headers)
        return response

    untouched = Session.request
    with monkeypatch.context() as patch:
        patch.setattr(HTTPAdapter, "send", send)
        yield site
    assert Session.request is untouched


@contextmanager
def served(site):
    """Serve the site on the loopback; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, headers, body = site.answer(self.path)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class FakeClock:
    """Time that passes by sleeping alone, and is written down."""

    def __init__(self, now=NOW):
        self.began, self.passed, self.slept = now, 0.0, []

    def now(self):
        return self.began + dt.timedelta(seconds=self.passed)

    def seconds(self):
        return self.passed

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.passed += seconds


def contents(folder):
    """Every file that is there but the journal and the lock, and what is in it."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name not in {"fetch.json", ".fetch.lock"}
    }
