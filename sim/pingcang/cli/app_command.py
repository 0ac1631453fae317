"""The command `app`. Dash and everything heavy is imported inside it."""

from __future__ import annotations

import importlib.util
from typing import Annotated

import typer

from pingcang.cli.commands import app
from pingcang.errors import ScenarioError
from pingcang.language import language

LOCAL = ("127.0.0.1", "localhost", "::1")


@app.command("app")
def serve_page(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines in.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on, 0 for any free one.")] = 8050,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
    lang: Annotated[str, typer.Option("--lang", metavar="en|zh", help="Language that the page begins in.")] = "en",
) -> None:
    """Serve the teaching page: move rules, play the days, see who is sold out."""
    _check_libraries()
    from threading import Thread

    from pingcang.app.serve import make_server, warm_up

    with language(lang):
        server = make_server(host, port, lang)
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{server.server_port}/"
    print(f"page: {address} (Ctrl-C ends it)", flush=True)
    if host not in LOCAL:
        typer.echo("note: everybody who reaches this address may use the page; it asks for no password", err=True)
    Thread(target=warm_up, daemon=True).start()
    if not no_browser:
        typer.launch(address)
    try:
        server.serve_forever()
    finally:
        server.server_close()


def _check_libraries() -> None:
    missing = [name for name in ("babel", "dash", "plotly") if importlib.util.find_spec(name) is None]
    if missing:
        raise ScenarioError(f"app: needs {' and '.join(missing)}, not installed; pip install 'pingcang[app]'")
