"""Accounts of a real book that were left out: told in a dataset's attributes, and row by row beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pingcang.accounts.own_book import DropReport, dropped_path, told, write_rows
from pingcang.results.files import remove, storage_errors, written_whole

if TYPE_CHECKING:
    from pingcang.scenario import LoadedScenario


def reports(loaded: LoadedScenario) -> list[DropReport]:
    """What is left out of the tables of a scenario; nothing unless it says `on_error: drop`."""
    if not any(cohort.on_error == "drop" for cohort in loaded.scenario.cohorts.values()):
        return []
    from pingcang.accounts.initial import check_data_files

    return check_data_files(loaded).dropped


def dropped_attribute(loaded: LoadedScenario) -> dict[str, str]:
    """The attribute `dropped`, one JSON text; none if nothing is left out."""
    left_out = reports(loaded)
    return {"dropped": told(left_out)} if left_out else {}


def save_dropped(loaded: LoadedScenario, store: Path) -> None:
    """Every faulty row in STORE.dropped.csv; a file of that name that belongs to a store before this one goes."""
    path, left_out = dropped_path(store), reports(loaded)
    with storage_errors(path):
        if not left_out:
            remove(path)
            return
        with written_whole(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            write_rows(left_out, file)


__all__ = ["dropped_attribute", "dropped_path", "reports", "save_dropped"]
