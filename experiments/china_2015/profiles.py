"""How surely each parameter is fitted: the loss along one parameter at a time.

`pingcang profile … --json` makes the numbers; its output stands in results/profile_*.json, one file a calibration.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from experiments.china_2015.bench import Bench, Cell, Plan
from experiments.common.page import picture
from experiments.common.tables import NoResultError, Result, markdown

from pingcang.errors import PingcangError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "profiles"
ABSENT = "No profile has been computed yet: `pingcang profile` makes them."
COLUMNS = 4
PINNED = {"yes": "pinned down", "one side": "one side only", "no": "not pinned down"}
HIGHEST = 6.0
"""Criteria above the optimum up to which a panel reaches: what is higher is only known to be high."""


class ProfileError(PingcangError):
    """A profile's file is not what `pingcang profile --json` prints."""

    exit_code = 2


def cells(_: Plan) -> list[Cell]:
    """Nothing: the calibration makes the profiles."""
    return []


def compute(bench: Bench) -> Result:
    """All profiles as two tables: parameters, and points."""
    folder = bench.plan.inputs
    paths = sorted(folder.glob("profile_*.json"))
    if not paths:
        raise NoResultError(f"{folder}: there is no profile_*.json; write it with pingcang profile SPEC --json")
    tables = [tables_of(path) for path in paths]
    told = "; ".join(f"{parameters['calibration'].iloc[0]}: {told}" for parameters, _, told in tables)
    parameters = pd.concat([table for table, _, _ in tables], ignore_index=True)
    points = pd.concat([table for _, table, _ in tables], ignore_index=True)
    return Result(NAME, {"profiles": parameters, "profiles_points": points}, {"told": told})


def tables_of(path: Path) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Parameters and points of one file, and what its runs were; ProfileError if something lacks."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        parameters, points = [], []
        for name, each in found["parameters"].items():
            low, high = each["interval"]
            own = {"calibration": found["name"], "parameter": name}
            told = {"optimum": each["optimum"], "bound_low": each["low"], "bound_high": each["high"]}
            interval = {"low": _number(low), "high": _number(high), "pinned": each["pinned"]}
            parameters.append({**own, **told, **interval, "criterion": float(found["criterion"])})
            points += [
                {**own, "value": p["value"], "rise": _number(p["rise"]), "error": _number(p["error"])}
                for p in each["points"]
            ]
        runs = ", ".join(f"{count} runs of {label}" for label, count in found["runs"].items())
        return pd.DataFrame(parameters), pd.DataFrame(points), f"loss {found['loss']:.3f}, {runs}"
    except (KeyError, TypeError, ValueError) as reason:
        raise ProfileError(
            f"{path}: is no output of pingcang profile --json ({type(reason).__name__}: {reason})"
        ) from reason


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def draw(result: Result) -> dict[str, Figure]:
    """A page a calibration, a panel a parameter."""
    parameters = result.tables["profiles"]
    return {
        f"profiles_{name}": _page(own, result.tables["profiles_points"])
        for name, own in parameters.groupby("calibration", sort=False)
    }


def _page(parameters: pd.DataFrame, points: pd.DataFrame) -> Figure:
    from experiments.common.style import new_figure

    rows = -(-len(parameters) // COLUMNS)
    figure, panels = new_figure(rows, COLUMNS, height=2.0 * rows + 0.6)
    for panel, (_, told) in zip(panels.flat, parameters.iterrows(), strict=False):
        own = points[(points["parameter"] == told["parameter"]) & (points["calibration"] == told["calibration"])]
        _panel(panel, told, own.sort_values("value"))
    for panel in panels.flat[len(parameters) :]:
        panel.set_axis_off()
    for panel in panels[:, 0]:
        panel.set_ylabel("rise of the loss,\nin criteria")
    handles, labels = panels.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return figure


def _panel(panel: Axes, told: pd.Series, points: pd.DataFrame) -> None:
    from experiments.common.style import BLUE, GREY, ORANGE, VERMILION

    colour = {"yes": BLUE, "one side": ORANGE, "no": VERMILION}[str(told["pinned"])]
    high = points["rise"] > HIGHEST * told["criterion"]
    rise, error = points["rise"] / told["criterion"], points["error"].mask(high).fillna(0) / told["criterion"]
    panel.axhline(
        1, color=GREY, linewidth=0.9, linestyle="--", label="criterion: a row from its target to its band's edge"
    )
    panel.axvline(told["optimum"], color=GREY, linewidth=0.9, linestyle=":", label="optimum")
    left = told["bound_low"] if np.isnan(told["low"]) else told["low"]
    right = told["bound_high"] if np.isnan(told["high"]) else told["high"]
    panel.axvspan(left, right, color=colour, alpha=0.13, linewidth=0, label="interval")
    panel.errorbar(
        points["value"],
        rise.clip(upper=HIGHEST),
        yerr=error,
        color=colour,
        marker="o",
        markersize=3.5,
        linewidth=1.2,
        capsize=2,
        label="loss, ± standard error",
    )
    panel.set_ylim(-1.2, HIGHEST + 0.3)
    panel.set_title(f"{told['parameter']}\n{PINNED[str(told['pinned'])]}", fontsize=8.2)
    panel.tick_params(labelsize=7.5)


def blocks(result: Result) -> dict[str, str]:
    """Value, interval and verdict of every parameter."""
    rows = [
        {
            "calibration": told["calibration"],
            "parameter": f"`{told['parameter']}`",
            "value": f"{told['optimum']:.3g}",
            "interval": f"{_side(told['low'])} to {_side(told['high'])}",
            "searched": f"{told['bound_low']:.3g} to {told['bound_high']:.3g}",
            "": PINNED[str(told["pinned"])],
        }
        for _, told in result.tables["profiles"].iterrows()
    ]
    names = result.tables["profiles"]["calibration"].unique()
    seen = "\n\n".join(picture(f"profiles_{name}", f"Loss along each parameter of {name}") for name in names)
    return {"profiles": f"{seen}\n\n{markdown(pd.DataFrame(rows))}\n\n{result.told()}"}


def _side(value: float) -> str:
    return "open" if math.isnan(value) else f"{value:.3g}"
