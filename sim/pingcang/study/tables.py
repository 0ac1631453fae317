"""What a study leaves on disk: one JSON object, and tidy tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pingcang.results.files import storage_errors, written_whole

if TYPE_CHECKING:
    import pandas as pd


def save_tables(
    folder: Path, name: str, told: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], *, digits: int | None = None
) -> list[Path]:
    """Write NAME.json, and a CSV of every table under its own name, each whole; what was there is replaced.

    `digits`: of every number, all by default. An index is written if it has a name. `StorageError` when the disk
    refuses.
    """
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        written = [folder / f"{name}.json", *(folder / f"{table}.csv" for table in tables)]
        save_object(written[0], told)
        form = None if digits is None else f"%.{digits}g"
        for path, table in zip(written[1:], tables.values(), strict=True):
            with written_whole(path) as temporary:
                table.to_csv(temporary, index=table.index.name is not None, float_format=form, lineterminator="\n")
    return written


def save_object(path: Path, told: Mapping[str, Any]) -> None:
    """Write one JSON object, whole; what was there is replaced. `StorageError` when the disk refuses."""
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as temporary:
            temporary.write_text(json.dumps(told, indent=2, allow_nan=False) + "\n", encoding="utf-8")
