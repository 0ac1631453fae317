"""The page without a browser: what it serves, what it refuses, what the command says."""

import json

import pytest
from typer.testing import CliRunner

from pingcang.app import callbacks
from pingcang.app.serve import LARGEST_REQUEST, make_app, make_server
from pingcang.cli import app as cli
from pingcang.errors import ScenarioError


@pytest.fixture(scope="module")
def client():
    return make_app().test_client()


def test_the_page_is_served_from_here_alone(client):
    answer = client.get("/")
    html = answer.get_data(as_text=True)
    assert answer.status_code == 200 and "http://" not in html and "https://" not in html
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "unsafe-eval" not in policy
    assert "unsafe-inline" not in policy.split("style-src")[0]


def test_a_huge_request_is_turned_away(client):
    body = "x" * (LARGEST_REQUEST + 1)
    assert client.post("/_dash-update-component", data=body, content_type="application/json").status_code == 413


def test_no_traceback_is_served(client):
    answer = client.post("/_dash-update-component", data="{", content_type="application/json")
    assert answer.status_code >= 400 and "Traceback" not in answer.get_data(as_text=True)


def test_a_refused_setting_is_told_and_the_last_settings_stay():
    ids = [{"type": "lever", "side": "a", "key": "close_out_line"}]
    data, told, _ = callbacks.accept("one_account", 6, 0, [], [99], [], "own", "own", ids)
    assert data is callbacks.no_update
    assert "Close-out line: found 99, must be a number from 1.1 to 1.5" in json.dumps(
        told, default=lambda c: c.to_plotly_json()
    )


@pytest.mark.parametrize("ids", [None, 7, [{}], [None], "ab", [{"key": {}}]])
def test_malformed_sliders_are_refused(ids):
    data, told, _ = callbacks.accept("one_account", 6, 0, [], [1.3], [], "own", "own", ids)
    assert data is callbacks.no_update and told


@pytest.mark.parametrize("compare", [None, 7, "x", {"b": 1}, [{}]])
def test_a_malformed_comparison_is_none(compare):
    ids = [{"type": "lever", "side": "a", "key": "close_out_line"}]
    data, _, alone = callbacks.accept("one_account", 6, 0, compare, [1.3], [1.4], "own", "own", ids)
    assert set(data) == {"a"} and alone is True


def test_levers_that_do_not_go_together_are_refused_without_folders_of_the_server():
    assert callbacks.plain("/srv/a b/x.yaml:3: rules: wrong") != callbacks.plain("x")
    assert callbacks.plain("/srv/app/scenarios/x.yaml:3: rules: found 1") == "x.yaml:3: rules: found 1"


def test_two_rule_sets_are_accepted_with_one_seed():
    ids = [{"type": "lever", "side": "a", "key": "close_out_line"}]
    data, told, hidden = callbacks.accept("one_account", 6, 5, ["b"], [1.3], [1.4], "own", "0.2", ids)
    assert told == [] and hidden is False
    assert data["a"]["seed"] == data["b"]["seed"] == 5
    assert data["b"]["levers"] == {"close_out_line": 1.4} and data["b"]["band"] == "0.2"


def test_a_taken_port_is_told_with_the_way_out():
    server = make_server("127.0.0.1", 0)
    try:
        outcome = CliRunner().invoke(cli, ["app", "--port", str(server.server_port), "--no-browser"])
    finally:
        server.server_close()
    assert outcome.exit_code == 2
    assert "choose another --port" in outcome.stderr


@pytest.mark.parametrize("port", [-1, 65_536])
def test_an_absurd_port_is_refused(port):
    with pytest.raises(ScenarioError, match="must be 0"):
        make_server("127.0.0.1", port)


def test_without_dash_the_command_says_what_to_install(monkeypatch):
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    outcome = CliRunner().invoke(cli, ["app"])
    assert outcome.exit_code == 2
    assert "pip install 'pingcang[app]'" in outcome.stderr


def test_the_command_line_does_not_import_dash():
    import subprocess
    import sys

    said = "import sys, pingcang.cli; sys.exit('dash' in sys.modules or 'plotly' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", said], check=False).returncode == 0
