"""The page as a local server, without network, debugger or anything kept of a student."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dash import Dash
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from pingcang.app import words
from pingcang.app.callbacks import draw, register
from pingcang.app.page import FIRST, FIRST_SEED, page
from pingcang.app.play import play_of
from pingcang.app.settings import teaching
from pingcang.errors import ScenarioError

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


def make_app() -> Dash:
    """The Dash app."""
    app = Dash(
        "pingcang.app",
        title=words.TITLE,
        update_title="",
        assets_folder=str(Path(__file__).parent / "assets"),
        serve_locally=True,
        suppress_callback_exceptions=False,
    )
    app.layout = page()
    register(app)
    app.server.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    headers = {
        "Content-Security-Policy": POLICY.format(hashes=" ".join(app.csp_hashes())),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }

    def guarded(response: Response) -> Response:
        response.headers.update(headers)
        return response

    app.server.after_request(guarded)
    return app


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


def make_server(host: str, port: int) -> ThreadedWSGIServer:
    """A server that listens, not yet serving; ScenarioError for a place that cannot be had."""
    if not 0 <= port <= 65_535:
        raise ScenarioError(f"--port: got {port}; must be 0 (any free one) to 65535")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    return _Server(host, port, make_app().server, handler=_Quiet)
