"""What happens on the page: each callback is a function of what the browser holds."""

from __future__ import annotations

import base64
import re
import tempfile
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dash import ALL, Dash, Input, Output, State, callback_context, no_update
from dash.exceptions import PreventUpdate

from pingcang.app import figures, page, words
from pingcang.app.numbers import rows_of
from pingcang.app.page import SIDES
from pingcang.app.play import Play, play_of
from pingcang.app.settings import Settings
from pingcang.app.story import story_of
from pingcang.errors import ScenarioError
from pingcang.language import language, translated
from pingcang.results.storage import save
from pingcang.scenario import ready_made

if TYPE_CHECKING:
    from pingcang.app.figures import Plays

NEAREST = 30
"""Accounts that may be chosen by name."""


def register(app: Dash, code: str) -> None:
    """Put every callback into an app; they speak its language."""
    _register_controls(app, code)
    _register_pictures(app, code)
    _register_files(app, code)


def _register_controls(app: Dash, code: str) -> None:
    app.callback(
        [Output("shared", "children"), Output("levers-a", "children"), Output("levers-b", "children")],
        Input("scenario", "value"),
        prevent_initial_call=True,
    )(speaking(code, change_scenario))
    app.callback(
        [Output("settings", "data"), Output("refused", "children"), Output("second", "hidden")],
        [
            Input("shown-scenario", "data"),
            Input("days", "value"),
            Input("seed", "value"),
            Input("compare", "value"),
            *[Input({"type": "lever", "side": side, "key": ALL}, "value") for side in SIDES],
            *[Input({"type": "band", "side": side}, "value") for side in SIDES],
        ],
        State({"type": "lever", "side": "a", "key": ALL}, "id"),
    )(speaking(code, accept))
    app.callback(
        [Output("day", "max"), Output("day", "value"), Output("clock", "disabled"), Output("play", "children")],
        [Input(name, "n_clicks") for name in ("step", "play", "reset")]
        + [Input("clock", "n_intervals"), Input("settings", "data")],
        [State("day", "value"), State("day", "max"), State("clock", "disabled")],
        prevent_initial_call=True,
    )(speaking(code, move))


def _register_pictures(app: Dash, code: str) -> None:
    app.callback(
        [Output(name, "figure") for name in ("index", "balance", "flow", "map-a", "accounts-a", "map-b", "accounts-b")]
        + [Output("pictures", "className")]
        + [Output("numbers", "children"), Output("date", "children"), Output("account", "options")],
        [Input("settings", "data"), Input("day", "value"), Input("chosen", "data")],
        prevent_initial_call=True,
    )(speaking(code, draw))
    app.callback(
        Output("chosen", "data"),
        [Input(f"accounts-{side}", "clickData") for side in SIDES]
        + [Input("account", "value"), Input("settings", "data")],
        prevent_initial_call=True,
    )(speaking(code, choose))
    app.callback(
        Output("story", "children"), Input("chosen", "data"), State("settings", "data"), prevent_initial_call=True
    )(speaking(code, tell))


def _register_files(app: Dash, code: str) -> None:
    app.callback(
        [Output("download", "data"), Output("refused", "children", allow_duplicate=True)],
        Input({"type": "get", "what": ALL, "side": ALL}, "n_clicks"),
        State("settings", "data"),
        prevent_initial_call=True,
    )(speaking(code, download))


def speaking(code: str, answer: Callable[..., Any]) -> Callable[..., Any]:
    """A callback whose texts are in a language."""

    @wraps(answer)
    def spoken(*values: Any) -> Any:
        with language(code):
            return answer(*values)

    return spoken


def change_scenario(name: Any) -> tuple[list[Any], list[Any], list[Any]]:
    """The sliders of another scenario, at its own values."""
    if name not in ready_made():
        raise PreventUpdate
    return page.shared(name), page.levers("a", name), page.levers("b", name)


def accept(
    scenario: Any, days: Any, seed: Any, compare: Any, a: Any, b: Any, band_a: Any, band_b: Any, ids: Any
) -> tuple[Any, Any, Any]:
    """Judge what is set and simulate it; what is refused is told, and the last settings stay."""
    alone = not (isinstance(compare, list) and "b" in compare)
    sides = {"a": (a, band_a)} if alone else {"a": (a, band_a), "b": (b, band_b)}
    try:
        keys = [str(each["key"]) for each in ids]
        accepted = {
            side: play_of(
                {
                    "scenario": scenario,
                    "days": days,
                    "seed": seed,
                    "levers": dict(zip(keys, values, strict=True)),
                    "band": band,
                }
            ).settings.to_dict()
            for side, (values, band) in sides.items()
        }
    except ScenarioError as reason:
        return no_update, page.refused([plain(problem) for problem in reason.problems]), alone
    except (TypeError, KeyError, ValueError):
        return no_update, page.refused([translated(words.MALFORMED)]), alone
    return accepted, [], alone


def plain(problem: str) -> str:
    """A message without the folders of the server."""
    return re.sub(r"(?:/[^/:\s]+)+/", "", problem)


def _plays(data: Any) -> Plays:
    """The plays of settings that were accepted; they are judged again, since they come from a browser."""
    if not isinstance(data, Mapping) or "a" not in data:
        raise PreventUpdate
    try:
        return {side: play_of(data[side]) for side in SIDES if data.get(side) is not None}
    except ScenarioError:
        raise PreventUpdate from None


def move(
    _step: Any, _play: Any, _reset: Any, _ticks: Any, data: Any, day: Any, last_max: Any, still: Any
) -> tuple[int, int, bool, str]:
    """The day that is shown, and whether it moves on by itself."""
    last = len(_plays(data)["a"].dates) - 1
    now = day if isinstance(day, int) and 0 <= day <= last else last
    by = callback_context.triggered_id
    still = bool(still)
    if by == "step":
        now, still = min(now + 1, last), True
    elif by == "reset":
        now, still = 0, True
    elif by == "play":
        now, still = (0 if still and now == last else now), not still
    elif by == "clock":
        now = min(now + 1, last)
    elif last != last_max:
        now = last
    still = still or now == last
    return last, now, still, translated(words.PLAY if still else words.PAUSE)


def draw(data: Any, day: Any, chosen: Any) -> tuple[Any, ...]:
    """Every picture on a day."""
    shown = _plays(data)
    last = len(shown["a"].dates) - 1
    now = day if isinstance(day, int) and 0 <= day <= last else last
    drawn = [
        picture
        for side in SIDES
        for picture in (_of_side(shown[side], side, now, chosen) if side in shown else (no_update, no_update))
    ]
    return (
        figures.index_figure(shown, now),
        figures.balance_figure(shown, now),
        figures.flow_figure(shown, now),
        *drawn,
        "two" if len(shown) > 1 else "one",
        page.numbers(rows_of(shown, now), list(shown)),
        f"{now} · {shown['a'].dates[now]}",
        _choices(shown, now),
    )


def _of_side(play: Play, side: str, day: int, chosen: Any) -> tuple[Any, Any]:
    account = chosen.get("account") if isinstance(chosen, Mapping) and chosen.get("side") == side else None
    return (
        figures.map_figure(play, day),
        figures.accounts_figure(play, side, day, account if isinstance(account, str) else None),
    )


def _choices(shown: Plays, day: int) -> list[dict[str, str]]:
    """The accounts nearest to their line, by name."""
    options = []
    for side, play in shown.items():
        for place in play.accounts.nearest(day, NEAREST):
            name, distance = play.accounts.name(place), 100 * play.accounts.distance[day, place]
            where = f"{translated(words.RULES[side])}: " if len(shown) > 1 else ""
            options.append({"label": f"{where}{name}, {distance:+.1f} %", "value": f"{side}|{name}"})
    return options


def choose(click_a: Any, click_b: Any, picked: Any, _data: Any) -> Any:
    """The account that was clicked or chosen; none after other settings."""
    by = callback_context.triggered_id
    if by == "account" and isinstance(picked, str):
        side, _, account = picked.partition("|")
        return {"side": side, "account": account}
    click = {"accounts-a": click_a, "accounts-b": click_b}.get(str(by))
    try:
        return click and {"side": str(by)[-1], "account": click["points"][0]["customdata"]}
    except (TypeError, KeyError, IndexError):
        raise PreventUpdate from None


def tell(chosen: Any, data: Any) -> Any:
    """The story of the chosen account."""
    if not isinstance(chosen, Mapping) or not isinstance(data, Mapping):
        return []
    try:
        settings = Settings.read(data.get(str(chosen.get("side"))))
        return page.told(story_of(settings, chosen.get("account")))
    except ScenarioError as reason:
        return page.refused([plain(problem) for problem in reason.problems])


def download(_clicks: Any, data: Any) -> tuple[Any, Any]:
    """A scenario or a run, as a file."""
    asked = callback_context.triggered_id
    if not isinstance(asked, Mapping) or not any(each["value"] for each in callback_context.triggered):
        raise PreventUpdate
    found = _plays(data).get(str(asked["side"]))
    if found is None:
        raise PreventUpdate
    try:
        return (yaml_of(found) if asked["what"] == "yaml" else netcdf_of(found)), []
    except ScenarioError:
        return no_update, page.refused([translated(words.NO_NETCDF)])


def yaml_of(play: Play) -> dict[str, Any]:
    """The scenario as `pingcang run` takes it; a comment names the seed."""
    name, seed = play.settings.scenario, play.settings.seed
    head = f"# pingcang run {name}.yaml --seed {seed} --amplification --record stocks\n"
    return {"content": head + play.loaded.text, "filename": f"{name}.yaml"}


def netcdf_of(play: Play) -> dict[str, Any]:
    """The run as netCDF; ScenarioError without the library."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{play.settings.scenario}-{play.settings.seed}.nc"
        save(play.dataset(), path)
        content = base64.b64encode(path.read_bytes()).decode("ascii")
        return {"content": content, "filename": path.name, "base64": True}
