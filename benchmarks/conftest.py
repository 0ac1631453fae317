"""Print, after the timings, the figures that the benchmarks are about."""

from __future__ import annotations

from typing import Any

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    session = getattr(terminalreporter.config, "_benchmarksession", None)
    marks = {b.name: b for b in (session.benchmarks if session else []) if "accounts" in b.extra_info}
    if not marks:
        return
    rates = {name: bench.extra_info["accounts"] / bench.stats.median for name, bench in marks.items()}
    terminalreporter.section("accounts marked a second, one core")
    slowest: Any = min(rates.values())
    for name, rate in sorted(rates.items(), key=lambda item: -item[1]):
        terminalreporter.write_line(f"{name:<40} {rate:>16,.0f}   {rate / slowest:>8.1f} x the slowest")
