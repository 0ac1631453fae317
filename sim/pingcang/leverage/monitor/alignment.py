"""Tables laid beside the days of the balances: what is lacking is said."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from pingcang.errors import DataError


def noted(dataset: xr.Dataset, *notes: str) -> xr.Dataset:
    """The dataset with notes on what was left out or lacking."""
    return dataset.assign_attrs(notes=(*dataset.attrs.get("notes", ()), *(note for note in notes if note)))


def aligned(days: pd.DatetimeIndex, dataset: xr.Dataset, source: str) -> str:
    """What is lacking where these days are laid beside the balances', in words; DataError if none is among them."""
    wanted = pd.DatetimeIndex(dataset["date"].values)
    here = days.isin(wanted)
    if not here.any():
        raise DataError(
            f"{source}: none of its {len(days)} days ({range_of(days)}) is a day of the balances ({range_of(wanted)}); "
            "give files of the same days"
        )
    lacking, beyond = len(wanted) - int(here.sum()), int((~here).sum())
    parts = [f"lacks {lacking} of the {len(wanted)} days of the balances"] if lacking else []
    parts += [f"{beyond} of its days are none of theirs and are left out"] if beyond else []
    return f"{source}: {'; '.join(parts)}" if parts else ""


def source_of(table: pd.DataFrame | xr.Dataset, fallback: str) -> str:
    """Where a table was read from."""
    return str(table.attrs.get("source", fallback))


def range_of(days: pd.DatetimeIndex) -> str:
    """First and last day in words."""
    return f"{days.min().date()} to {days.max().date()}"
