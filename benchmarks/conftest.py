"""Print, after the timings, the figures that the benchmarks are about."""

from __future__ import annotations

from typing import Any

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    session = getattr(terminalreporter.config, "_benchmarksession", None)
    done = list(session.benchmarks if session else [])
    _tell_marks(terminalreporter, {b.name: b for b in done if "accounts" in b.extra_info})
    for told in (b.extra_info for b in done if "fork" in b.extra_info):
        terminalreporter.write_line(
            f"four arms forked at {told['fork']}: {told['ratio']:.2f} times as fast; "
            f"the common days allow {told['allowed']:.2f}"
        )


def _tell_marks(terminalreporter: pytest.TerminalReporter, marks: dict[str, Any]) -> None:
    if not marks:
        return
    rates = {name: bench.extra_info["accounts"] / bench.stats.median for name, bench in marks.items()}
    terminalreporter.section("accounts marked a second, one core")
    slowest: Any = min(rates.values())
    for name, rate in sorted(rates.items(), key=lambda item: -item[1]):
        terminalreporter.write_line(f"{name:<40} {rate:>16,.0f}   {rate / slowest:>8.1f} x the slowest")
