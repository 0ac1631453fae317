"""What a command tells about the data files of a scenario before anything is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pingcang.cli.errors import say
from pingcang.errors import ScenarioError

if TYPE_CHECKING:
    from pingcang.scenario import LoadedScenario


def check_data(loaded: LoadedScenario, *, quiet: bool = False) -> None:
    """Read them, as ScenarioError tell what is wrong, and say on standard error what was left out or rounded."""
    from pingcang.accounts.initial import check_data_files

    notes = check_data_files(loaded)
    if quiet:
        return
    for report in notes.dropped:
        for line in report.lines():
            say(line)
    if notes.rounded:
        say(f"{notes.rounded:,} amounts were no whole number of fen; they are rounded to the nearest, half to even")


def with_errors(loaded: LoadedScenario, *, drop: bool | None) -> LoadedScenario:
    """The scenario with --drop or --strict over what it says itself; ScenarioError if no cohort comes from a table."""
    if drop is None:
        return loaded
    from pingcang.scenario import load_text

    wanted = "drop" if drop else "strict"
    cohorts = loaded.scenario.cohorts
    if not any(cohort.tables for cohort in cohorts.values()):
        raise ScenarioError(f"--{wanted}: no cohort of {loaded.source} comes from a table; leave it out")
    changes = {
        name: {"on_error": wanted}
        for name, cohort in cohorts.items()
        if cohort.tables and (cohort.on_error or "strict") != wanted
    }
    if not changes:
        return loaded
    overrides = {"cohorts": changes}
    return load_text(loaded.text, source=loaded.source, base_folder=loaded.base_folder, overrides=overrides)
