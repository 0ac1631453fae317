"""The score as text: cells that people read, and Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from math import isnan

from pingcang.results.units import money_unit
from pingcang.validate.beside import MONEY
from pingcang.validate.score import Line, Row, Score
from pingcang.validate.targets import COUNT, DAYS, FIRST_LATER_ROW, FRACTION

NOTHING = "–"

_TARGET_HEAD = ("#", "target", "real", "band", "median", "5–95 %", "95 % of the median", "sd", "distance", "in band")
_FACT_HEAD = ("stylised fact", "real", "band", "median", "5–95 %", "distance", "in band")
_BESIDE_HEAD = ("reported beside", "median", "5–95 %", "said or known", "source")


def number(value: float, unit: str, *, fine: bool = False, sign: bool = False) -> str:
    """A number in its unit: 0.349 → 34.9%; a dash for NaN; `fine` gives a fraction two decimals."""
    if isnan(value):
        return NOTHING
    plus = "+" if sign else ""
    if unit == FRACTION:
        return f"{100 * value:{plus}.{2 if fine else 1}f}%"
    if unit in {COUNT, DAYS}:
        return f"{value:{plus},.{0 if float(value).is_integer() or unit == COUNT else 1}f}"
    if unit == MONEY:
        size, name = money_unit(abs(value))
        return f"{value / size:{plus}.2f} {name}"
    return f"{value:{plus}.2f}"


def real(line: Line) -> str:
    """The real number."""
    return _of(line, line.real)


def band(line: Line) -> str:
    """± half the width of the band; in points of percent for a fraction."""
    return NOTHING if isnan(line.band) else f"±{_of(line, line.band, change=False).replace('%', ' pp')}"


def median(line: Line) -> str:
    """The median of the runs."""
    return _of(line, line.spread.median)


def most_runs(line: Line) -> str:
    """Where 90% of the runs lie."""
    return _between(line, line.spread.p05, line.spread.p95)


def median_interval(line: Line) -> str:
    """95% confidence interval of the median."""
    return _between(line, line.spread.low, line.spread.high)


def distance(line: Line) -> str:
    """From the median to the real number, in bands."""
    return NOTHING if isnan(line.z) else f"{line.z:+.1f}"


def mark(line: Line) -> str:
    """✓ in its band, ✗ outside or not computed."""
    return "✓" if line.in_band else "✗"


def note(line: Line) -> str:
    """Why there is no number, or not in every run; empty if there is nothing to tell."""
    return f"not computed: {line.missing}" if line.missing and not line.spread.runs else line.missing


def not_computed(lines: Iterable[Line]) -> list[str]:
    """One sentence a reason, with all that is not computed for it."""
    found: dict[str, list[str]] = {}
    for line in lines:
        if not line.spread.runs:
            found.setdefault(line.missing, []).append(line.statement)
    return [f"not computed ({why}): {'; '.join(statements)}" for why, statements in found.items()]


def verdict(score: Score) -> str:
    """How many rows are in their bands."""
    later = sum(row.target.row >= FIRST_LATER_ROW for row in score.rows)
    return (
        f"{score.rows_in_band} of {len(score.rows)} rows in their bands, "
        f"{score.later_rows_in_band} of the {later} from row {FIRST_LATER_ROW} on"
    )


def markdown(score: Score) -> str:
    """The whole score as Markdown tables."""
    facts = [(fact.statement, *_numbers(fact), *_end(fact)) for fact in score.facts if fact.spread.runs]
    beside = [(_told(line), median(line), most_runs(line), line.claim, line.source) for line in score.beside]
    blocks = [
        _table(_TARGET_HEAD, [_target(row, part) for row in score.rows for part in row.parts]),
        f"**{verdict(score)}.**",
        *([_table(_FACT_HEAD, facts)] if facts else []),
        *(f"- {sentence}" for sentence in not_computed(score.facts)),
        _table(_BESIDE_HEAD, beside),
    ]
    return "\n\n".join(blocks) + "\n"


def _target(row: Row, part: Line) -> tuple[str, ...]:
    end = median_interval(part), _sd(part), *_end(part)
    return str(row.target.row), _told(part), *_numbers(part), *end


def _numbers(line: Line) -> tuple[str, ...]:
    return real(line), band(line), median(line), most_runs(line)


def _end(line: Line) -> tuple[str, str]:
    return distance(line), mark(line)


def _sd(line: Line) -> str:
    return _of(line, line.spread.sd, change=False).replace("%", " pp")


def _told(line: Line) -> str:
    return f"{line.statement} (*{note(line)}*)" if line.missing else line.statement


def _of(line: Line, value: float, *, change: bool = True) -> str:
    """Signed where the real number is a change; two decimals where the band is narrow."""
    signed = change and line.unit == FRACTION and (line.real < 0 or line.name == "calm_growth")
    return number(value, line.unit, fine=line.band < 0.01, sign=signed)


def _between(line: Line, low: float, high: float) -> str:
    return NOTHING if isnan(low) else f"{_of(line, low)} … {_of(line, high)}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
