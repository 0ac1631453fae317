"""What `pingcang calibrate` and `pingcang profile` show: progress, tables, files."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from pingcang.results.files import storage_errors, written_whole

if TYPE_CHECKING:
    from pingcang import calibrate as fit

LINES = 20
"""Lines of progress where there is no terminal."""
WIDEST = 120


@contextmanager
def shown_fit(
    title: str, total: int | None, *, quiet: bool, noun: str = "trials"
) -> Iterator[Callable[[fit.Progress], None]]:
    """Give the function that is told of the progress: a bar on a terminal, now and then a line elsewhere."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        if not quiet:
            print(f"pingcang: {title}{f', {total} {noun}' if total else ''} …", file=sys.stderr)
        yield (lambda _: None) if quiet else _Lines(noun)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn(f"{{task.completed:.1f}} of {{task.total:.0f}} {noun}"),
        TextColumn("{task.fields[best]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=total or 1, best="")
        yield lambda now: bar.update(task, completed=now.finished, total=now.trials, best=_best(now))


class _Lines:
    """Prints a line whenever another share of the trials is over."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._told: float | None = None

    def __call__(self, now: fit.Progress) -> None:
        if self._told is None:  # what is there already
            self._told = now.finished
        over = math.floor(now.finished)
        if over - self._told >= max(1.0, now.trials / LINES):
            self._told = over
            print(f"pingcang: {over} of {now.trials} {self._noun}{_comma(_best(now))}", file=sys.stderr, flush=True)


def _comma(text: str) -> str:
    return f", {text}" if text else ""


def _best(now: fit.Progress) -> str:
    failed = f", {now.failed} failed" if now.failed else ""
    if now.best is None:
        return failed.removeprefix(", ")
    return f"best loss {now.best.loss:.4g}, {now.best.rows_in_band} rows in band{failed}"


def show_calibration(
    done: fit.Calibration, written: Sequence[fit.Fitted], identified: fit.Identification | None
) -> None:
    """The best trial, its parameters and parts, and where things are."""
    console, loaded, best = _console(), done.loaded, done.best
    rows = len(loaded.scorer.rows)
    console.print(
        f"{loaded.spec.name}: best of {len(done.evaluations)} trials is {best.trial}, loss {best.loss:.4g}, "
        f"{best.rows_in_band} of {rows} rows in their bands"
    )
    if done.infeasible:
        console.print(f"{len(done.infeasible)} trials violate a constraint and were not simulated")
    console.print(_parameters(done))
    console.print(_parts(done))
    if loaded.news or loaded.fixed_news:
        console.print(f"news numbers: {len(loaded.news)} fitted, {loaded.fixed_news} given in the scenarios")
    console.print(
        "The loss flatters: these are the runs that it was fitted to. Score the fitted scenario on other seeds."
    )
    if identified is not None:
        _show_identification(console, identified)
    print(f"trials: {done.store}")
    for each in written:
        print(f"fitted scenario ({each.label}): {each.path}, SHA-256 {each.hash}")


def _parameters(done: fit.Calibration) -> Table:
    table = _table(("parameter", "start", "fitted", "low", "high", ""))
    for axis in done.loaded.space.axes:
        value = done.best.params[axis.name]
        bound = axis.at_bound(value)
        name = f"{axis.name} (news)" if axis.news else axis.name
        table.add_row(name, *_numbers(axis.start, value, axis.low, axis.high), f"at its {bound} bound" if bound else "")
    return table


def _parts(done: fit.Calibration) -> Table:
    table = _table(("row", "part", "real", "band", "fitted", "bands off", ""), words=2)
    before = ""
    for part in done.loaded.measures.parts:
        score = done.best.parts[part.name]
        row = part.row if part.row != before else ""
        before = part.row
        inside = "in band" if abs(score.z) <= 1 else ""
        table.add_row(row, part.name, *_numbers(part.real, part.band, score.value), _signed(score.z), inside)
    return table


def show_profile(found: fit.Profile, out: Path | None) -> None:
    """Which parameters are pinned down, and which combinations."""
    console, loaded = _console(), found.loaded
    runs = ", ".join(f"{label} {base.runs}" for label, base in loaded.bases.items())
    console.print(
        f"{loaded.spec.name}: slices through loss {found.optimum.loss:.4g}, runs {runs}; "
        f"an interval ends where the loss is {found.slices[0].criterion:.3g} higher"
    )
    table = _table(("parameter", "optimum", "from", "to", "by curvature", "pinned down"))
    for each in found.slices:
        low, high = each.interval
        curvature = each.curvature_interval
        table.add_row(
            each.axis.name,
            f"{each.optimum:.4g}",
            f"≤ {each.axis.low:.4g}" if low is None else f"{low:.4g}",
            f"≥ {each.axis.high:.4g}" if high is None else f"{high:.4g}",
            "–" if curvature is None else f"{curvature[0]:.4g} to {curvature[1]:.4g}",
            each.pinned,
        )
    console.print(table)
    for each in found.slices:
        if each.better is not None:
            console.print(
                f"no optimum: with {each.axis.name} {each.value_of(each.better):.4g} the loss is {each.better.loss:.4g}"
            )
    lost = [point for each in found.slices for point in each.points if point.state != "done"]
    if lost:
        console.print(f"{len(lost)} points failed or violate a constraint, and are left out")
    console.print("Slices: the other parameters stand still, so intervals are too short where parameters trade off.")
    if found.identification is not None:
        _show_identification(console, found.identification)
    print(f"points: {found.store}")
    if out is not None:
        print(f"profile: {out}, {out.with_suffix('.csv')}")


def _show_identification(console: Console, found: fit.Identification) -> None:
    fitted = "" if found.explained is None else f", a linear fit that explains {found.explained:.0%} of them"
    console.print(
        f"{found.identified} of {len(found.names)} combinations of parameters are identified "
        f"(from the distances of the {found.source}{fitted}):"
    )
    table = _table(("half-width, share of range", "combination"), words=0)
    for width, vector in found.directions:
        table.add_row("∞" if math.isinf(width) else f"{width:.3g}", found.told(vector))
    console.print(table)
    for one, other, correlation in found.pairs():
        console.print(f"{one} and {other} trade off: correlation {correlation:+.2f}")


def save_profile(found: fit.Profile, out: Path) -> None:
    """Write the profile as JSON, and its points as CSV beside it; whole or not at all."""
    from pingcang.calibrate import profile_summary

    told = profile_summary(found)
    with storage_errors(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(out) as temporary:
            temporary.write_text(json.dumps(told, indent=2, allow_nan=False) + "\n", encoding="utf-8")
        with written_whole(out.with_suffix(".csv")) as temporary, temporary.open("w", newline="") as file:
            table = csv.writer(file)
            parts = [part.name for part in found.loaded.measures.parts]
            table.writerow(["parameter", "value", "state", "loss", "rise", "error", *(f"z_{name}" for name in parts)])
            for each in found.slices:
                for point, rise, error in zip(each.points, each.rise, each.error, strict=True):
                    z = [point.parts[name].z if point.parts else math.nan for name in parts]
                    cells = [_cell(number) for number in (point.loss, rise, error, *z)]
                    table.writerow([each.axis.name, each.value_of(point), point.state, *cells])


def _cell(number: float) -> str:
    return "" if math.isnan(number) else repr(float(number))


def _console() -> Console:
    return Console(width=None if Console().is_terminal else WIDEST, highlight=False)


def _table(heads: Sequence[str], words: int = 1) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for place, head in enumerate(heads):
        last = place == len(heads) - 1
        table.add_column(head, justify="left" if place < words or last else "right")
    return table


def _numbers(*numbers: float) -> list[str]:
    return ["–" if math.isnan(number) else f"{number:.4g}" for number in numbers]


def _signed(number: float) -> str:
    return "–" if math.isnan(number) else f"{number:+.2f}"
