"""The page as a local server, without network, debugger or anything kept of a student."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dash import Dash
from flask import Flask, redirect, request
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from pingcang.app import words
from pingcang.app.callbacks import draw, register
from pingcang.app.page import FIRST, FIRST_SEED, page
from pingcang.app.play import play_of
from pingcang.app.settings import teaching
from pingcang.errors import ScenarioError
from pingcang.language import ENGLISH, LANGUAGES, language, translated

if TYPE_CHECKING:
    from flask import Response

LARGEST_REQUEST = 256 * 1024
"""Bytes; what a page sends is a few thousand."""
POLICY = (
    "default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""plotly.js writes its styles into the page; scripts are those of the server and the hashed start of Dash."""


def make_app(first: str = ENGLISH) -> Flask:
    """The page in every language, each a Dash app at an address of its own: the first at /, zh at /zh/."""
    server = Flask("pingcang.app", static_folder=None)
    server.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    addresses = {code: "/" if code == first else f"/{code}/" for code in LANGUAGES}
    apps = [_in_language(code, server, addresses) for code in sorted(LANGUAGES, key=lambda code: code == first)]
    _guard(server, {each for app in apps for each in app.csp_hashes()})
    _switch(server, addresses)
    return server


def _in_language(code: str, server: Flask, addresses: Mapping[str, str]) -> Dash:
    """The page in one language."""
    with language(code):
        app = Dash(
            "pingcang.app",
            server=server,  # type: ignore[arg-type]  # Dash's annotation knows no Flask
            url_base_pathname=addresses[code],
            title=translated(words.TITLE),
            update_title="",
            assets_folder=str(Path(__file__).parent / "assets"),
            serve_locally=True,
            suppress_callback_exceptions=False,
        )
        app.index_string = app.index_string.replace("<html>", f'<html lang="{code}">')
        app.layout = page(addresses)
    register(app, code)
    return app


def _switch(server: Flask, addresses: Mapping[str, str]) -> None:
    """?lang=zh leads to the page in that language; of another language the page stays as it is."""

    def switched() -> Response | None:
        wanted = addresses.get(request.args.get("lang", ""))
        here = request.path in addresses.values()
        return redirect(wanted) if here and wanted and wanted != request.path else None  # type: ignore[return-value]

    server.before_request(switched)


def _guard(server: Flask, hashes: Iterable[str]) -> None:
    """Every answer says what a browser may do with it."""
    headers = {
        "Content-Security-Policy": POLICY.format(hashes=" ".join(sorted(hashes))),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }

    def guarded(response: Response) -> Response:
        response.headers.update(headers)
        return response

    server.after_request(guarded)


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_: Any, **__: Any) -> None:
        """Say nothing of what goes well."""


class _Server(ThreadedWSGIServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Take the place; ScenarioError if it is taken or not ours."""
        try:
            super().server_bind()
        except OSError as reason:
            host, port = self.server_address[:2]
            raise ScenarioError(
                f"--port: cannot listen on {host!s}:{port} ({reason.strerror or reason}); "
                "choose another --port, 0 for any free one, or stop what listens there"
            ) from reason


def warm_up() -> None:
    """Simulate what a page begins with, so that the first student does not wait for libraries to load."""
    base = teaching(FIRST)
    draw({"a": play_of({"scenario": FIRST, "days": base.usual_days, "seed": FIRST_SEED}).settings.to_dict()}, 0, None)


def make_server(host: str, port: int, first: str = ENGLISH) -> ThreadedWSGIServer:
    """A server that listens, not yet serving; ScenarioError for a place that cannot be had."""
    if not 0 <= port <= 65_535:
        raise ScenarioError(f"--port: got {port}; must be 0 (any free one) to 65535")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    return _Server(host, port, make_app(first), handler=_Quiet)
