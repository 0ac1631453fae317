"""What stands on the page, before anything is simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dash import dcc, html

from pingcang.app import words
from pingcang.app.settings import BANDS, HIGHEST_SEED, LEAST_DAYS, OWN, Lever, Teaching, teaching
from pingcang.language import current, translated
from pingcang.scenario import ready_made

if TYPE_CHECKING:
    from pingcang.app.numbers import Row
    from pingcang.app.story import Story

FIRST, FIRST_SEED = "china_2015", 1
SIDES = ("a", "b")
FIGURES = ("index", "balance", "flow")
PLAY_INTERVAL = 1000
"""Milliseconds a day."""
PLOT: Any = {"displayModeBar": False, "responsive": True, "plotlyServerURL": ""}


def page(addresses: Mapping[str, str]) -> html.Div:
    """The whole page in the language that is set; `addresses` of the page in each language."""
    return html.Div(
        [
            html.Header(
                [
                    _languages(addresses),
                    html.H1(translated(words.TITLE)),
                    html.P(translated(words.LEAD)),
                    html.A(translated(words.TO_RULES), href="#rules"),
                ]
            ),
            html.Div(id="refused", role="alert"),
            html.Div([_controls(), _main()], className="columns"),
            dcc.Store(id="settings"),
            dcc.Store(id="chosen"),
            dcc.Interval(id="clock", interval=PLAY_INTERVAL, disabled=True),
            dcc.Download(id="download"),
        ],
        id="page",
    )


def _languages(addresses: Mapping[str, str]) -> html.Nav:
    """The switch: the page in another language begins anew."""
    names = [
        html.Strong(name) if code == current() else html.A(name, href=addresses[code], hrefLang=code, lang=code)
        for code, name in words.LANGUAGE_NAMES.items()
    ]
    return html.Nav(names, className="languages", title=translated(words.LANGUAGE))


# ---- what is set --------------------------------------------------------------------------------------------------


def _controls() -> html.Aside:
    return html.Aside(
        id="rules",
        children=[
            _labelled(translated(words.SCENARIO), "scenario", _scenarios()),
            html.Div(shared(FIRST), id="shared"),
            _labelled(translated(words.SEED), "seed", _seed()),
            _side("a"),
            dcc.Checklist(options=[{"label": translated(words.COMPARE), "value": "b"}], value=[], id="compare"),
            html.Div(_side("b"), id="second", hidden=True),
        ],
    )


def _labelled(text: str, target: str, control: Any) -> html.Div:
    return html.Div([html.Label(text, htmlFor=target), control], className="field")


def _scenarios() -> dcc.Dropdown:
    return dcc.Dropdown(ready_made(), FIRST, id="scenario", clearable=False, searchable=False)


def _seed() -> dcc.Input:
    return dcc.Input(id="seed", type="number", value=FIRST_SEED, min=0, max=HIGHEST_SEED, step=1, debounce=True)


def shared(scenario: str) -> list[Any]:
    """The controls that hold for both rule sets and hang on the scenario."""
    base = teaching(scenario)
    days = Lever("days", min(LEAST_DAYS, base.days), base.days, 1, base.usual_days)
    return [
        html.P(translated(base.scenario.description), className="description"),
        html.P(_note(base), className="hint"),
        _slider("days", translated(words.DAYS), "", days),
        dcc.Store(id="shown-scenario", data=scenario),
    ]


def _note(base: Teaching) -> str:
    if base.scale == 1:
        return translated(words.NOTE_WHOLE)
    return translated(words.NOTE).format(grown=f"{round(1 / base.scale):,}", sessions=base.sessions)


def _side(side: str) -> html.Section:
    buttons = [
        html.Button(text, id={"type": "get", "what": what, "side": side})
        for what, text in (("yaml", translated(words.GET_YAML)), ("netcdf", translated(words.GET_NETCDF)))
    ]
    return html.Section(
        [
            html.H2(translated(words.RULES[side])),
            html.Div(levers(side, FIRST), id=f"levers-{side}"),
            html.P(translated(words.DOWNLOADS), className="label"),
            html.Div(buttons, className="buttons"),
        ],
        className=f"rules {side}",
    )


def levers(side: str, scenario: str) -> list[Any]:
    """The sliders of one rule set."""
    sliders = [
        _slider(
            {"type": "lever", "side": side, "key": key},
            translated(word.name),
            translated(lever.missing or word.meaning),
            lever,
        )
        for key, lever in teaching(scenario).levers.items()
        for word in [words.LEVER_WORDS[key]]
    ]
    return [*sliders, _bands(side)]


def _slider(name: str | dict[str, str], text: str, hint: str, lever: Lever) -> html.Div:
    slider = dcc.Slider(
        lever.low,
        lever.high,
        lever.step,
        value=lever.own,
        marks=None,
        id=name,
        disabled=bool(lever.missing),
        updatemode="mouseup",
    )
    told = [html.P(hint, className="hint")] if hint else []
    parts = [html.P(text, className="label"), *told, slider]
    named: Any = {"aria-label": text}
    return html.Div(parts, className="field slider", role="group", **named)


def _bands(side: str) -> html.Div:
    options = [{"label": translated(words.BAND_WORDS[band]), "value": band} for band in BANDS]
    choice = dcc.RadioItems(options, OWN, id={"type": "band", "side": side}, inline=True, className="bands")
    told = [html.P(translated(words.BAND), className="label"), html.P(translated(words.BAND_MEANING), className="hint")]
    return html.Div([*told, choice], className="field")


# ---- what is shown ------------------------------------------------------------------------------------------------


def _main() -> html.Main:
    return html.Main(
        [
            _transport(),
            html.Div([*map(_graph, FIGURES), html.Section(id="numbers", className="card")], className="grid"),
            html.Div([_graph("map-a"), _graph("map-b")], className="pair"),
            html.Div([_graph("accounts-a"), _graph("accounts-b")], className="pair"),
            _story(),
            _glossary(),
        ],
        id="pictures",
    )


def _transport() -> html.Div:
    names = {"step": translated(words.STEP), "play": translated(words.PLAY), "reset": translated(words.RESET)}
    buttons = html.Div([html.Button(text, id=name) for name, text in names.items()], className="buttons")
    slider = dcc.Slider(0, 1, 1, value=0, marks=None, id="day", updatemode="mouseup", allow_direct_input=False)
    shown = html.P([translated(words.DAY), ": ", html.Strong(id="date")], className="label", role="status")
    return html.Div([buttons, html.Div([shown, slider], className="day")], id="transport")


def _graph(name: str) -> html.Section:
    what, _, side = name.partition("-")
    title, hint = words.PICTURES[what]
    badge = [html.Span(f" · {translated(words.RULES[side])}", className="badge")] if side else []
    told = [html.H2([translated(title), *badge]), html.P(translated(hint), className="hint")]
    graph = html.Div(dcc.Graph(id=name, config=PLOT), className=f"graph {what}")
    return html.Section([*told, graph], className=f"card {side}", id=f"card-{name}")


def _story() -> html.Section:
    picker = dcc.Dropdown([], id="account", placeholder=translated(words.CHOOSE), searchable=False)
    return html.Section(
        [
            html.H2(translated(words.STORY)),
            html.P(translated(words.STORY_HINT), className="hint"),
            picker,
            dcc.Loading(html.Div(id="story"), type="dot", delay_show=300),
        ],
        className="card",
    )


def _glossary() -> html.Details:
    rows = [
        part
        for term, meaning in words.GLOSSARY_ROWS
        for part in (html.Dt(translated(term)), html.Dd(translated(meaning)))
    ]
    return html.Details([html.Summary(translated(words.GLOSSARY)), html.Dl(rows)], className="card")


def told(story: Story) -> list[Any]:
    """A story as it stands on the page."""
    if not story.lines:
        return [html.P(story.head), html.P(translated(words.NOTHING_HAPPENED))]
    return [html.P(story.head), _table([translated(head) for head in words.STORY_COLUMNS], story.lines)]


def numbers(rows: Sequence[Row], sides: Sequence[str]) -> list[Any]:
    """The table of numbers, a column a rule set."""
    heads = [translated(words.RULES[side]) for side in sides] if len(sides) > 1 else [""]
    return [html.H2(translated(words.NUMBERS)), _table(("", *heads), [(row.name, *row.values) for row in rows])]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> html.Div:
    head = html.Thead(html.Tr([html.Th(text, scope="col") for text in heads]))
    body = html.Tbody([html.Tr([html.Td(cell) for cell in row]) for row in rows])
    return html.Div(html.Table([head, body]), className="table")


def refused(problems: Sequence[str]) -> list[Any]:
    """What was not allowed."""
    return [html.Strong(translated(words.REFUSED)), html.Ul([html.Li(problem) for problem in problems])]
