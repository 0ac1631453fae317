"""Print, after the timings, the figures that the benchmarks are about."""

from __future__ import annotations

from typing import Any

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    session = getattr(terminalreporter.config, "_benchmarksession", None)
    benches = list(session.benchmarks) if session else []
    _marking(terminalreporter, {b.name: b for b in benches if "accounts" in b.extra_info})
    _workers(terminalreporter, [b for b in benches if "workers" in b.extra_info])
    _memory(terminalreporter, [b for b in benches if "memory" in b.extra_info])


def _marking(reporter: pytest.TerminalReporter, marks: dict[str, Any]) -> None:
    if not marks:
        return
    rates = {name: bench.extra_info["accounts"] / bench.stats.median for name, bench in marks.items()}
    reporter.section("accounts marked a second, one core")
    slowest: Any = min(rates.values())
    for name, rate in sorted(rates.items(), key=lambda item: -item[1]):
        reporter.write_line(f"{name:<40} {rate:>16,.0f}   {rate / slowest:>8.1f} x the slowest")


def _workers(reporter: pytest.TerminalReporter, benches: list[Any]) -> None:
    if not benches:
        return
    reporter.section("many runs: two workers against one")
    for group in dict.fromkeys(bench.group for bench in benches):
        best = {bench.extra_info["workers"]: bench.stats.min for bench in benches if bench.group == group}
        told = ", ".join(f"{workers}: {seconds:.1f} s" for workers, seconds in sorted(best.items()))
        ratio = f"{best[1] / best[2]:.2f} x" if {1, 2} <= best.keys() else ""
        reporter.write_line(f"{group:<12} {told}   {ratio}")


def _memory(reporter: pytest.TerminalReporter, benches: list[Any]) -> None:
    if not benches:
        return
    reporter.section("many runs: peak memory, MiB")
    for bench in benches:
        told, suffix = bench.extra_info["memory"], bench.extra_info["suffix"]
        reporter.write_line(
            f".{suffix:<5} {told['runs']:>6,} runs, {told['stored']:>6.0f} stored: "
            f"parent {told['parent']:.0f}, worker {told['worker']:.0f}"
        )
