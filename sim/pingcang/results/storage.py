"""The store: a Zarr folder (default) or a netCDF file, written whole or not at all, read back bit for bit.

Zarr format 2 is used because its text coordinates and consolidated metadata are specified; in format 3 both
still warn that they may change.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import xarray as xr

import pingcang.results.accessor  # noqa: F401  registers dataset.pingcang
from pingcang.errors import ScenarioError, StorageError
from pingcang.results.files import storage_errors, written_whole

ZARR = {".zarr"}
NETCDF = {".nc", ".nc4"}


def check_suffix(path: Path) -> None:
    """Refuse, as `ScenarioError`, a suffix that names no format, or netCDF without its library."""
    if path.suffix not in ZARR | NETCDF:
        raise ScenarioError(f"{path}: the suffix {path.suffix!r} names no format; use .zarr (default), .nc or .nc4")
    if path.suffix in NETCDF and importlib.util.find_spec("netCDF4") is None:
        raise ScenarioError(
            f"{path}: netCDF needs a library that is missing; pip install 'pingcang[netcdf]', or use .zarr"
        )


def save(dataset: xr.Dataset, path: str | Path, *, overwrite: bool = False) -> None:
    """Write the dataset to `path`, Zarr or netCDF by suffix; nothing half-written is seen there.

    Raises `ScenarioError` for an unknown suffix or a taken path, `StorageError` when the disk refuses.
    """
    target = Path(path)
    check_suffix(target)
    if target.exists() and not overwrite:
        raise ScenarioError(f"{target}: something is there already; choose another name or pass overwrite=True")
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(target) as temporary:
            write_blocks([dataset], temporary)


def open_results(path: str | Path) -> xr.Dataset:
    """Open a dataset written by pingcang, lazily, with the accessor `.pingcang`.

    Raises `StorageError` if it cannot be read.
    """
    source = Path(path)
    if not source.exists():
        raise StorageError(f"{source}: there is no dataset; check the path")
    try:
        if source.suffix in NETCDF:
            check_suffix(source)
            return xr.open_dataset(source, engine="netcdf4")
        dataset: xr.Dataset = xr.open_zarr(source, chunks=None)
    except (OSError, ValueError, KeyError) as reason:
        raise StorageError(f"{source}: cannot be read as a result dataset ({reason})") from reason
    return dataset


@contextmanager
def opened(path: Path) -> Iterator[xr.Dataset]:
    """The dataset at a path; what cannot be read is a wrong argument, `ScenarioError`."""
    check_suffix(path)
    try:
        dataset = open_results(path)
    except StorageError as reason:
        raise ScenarioError(str(reason)) from reason
    with dataset:
        yield dataset


def write_blocks(blocks: Iterable[xr.Dataset], path: Path) -> None:
    """Write datasets that follow each other along `run` to `path`, which must not exist.

    They are appended block by block, so memory holds one block; all blocks but the last must have the same number
    of runs, which becomes the chunk.
    """
    begin, append = (_begin_netcdf, _append_netcdf) if path.suffix in NETCDF else (_begin_zarr, _append_zarr)
    for number, block in enumerate(blocks):
        if number == 0:
            begin(block, path)
        else:
            append(block.drop_vars([name for name in block.variables if "run" not in block[name].dims]), path)


def _begin_zarr(block: xr.Dataset, path: Path) -> None:
    encoding = {name: {"chunks": shape} for name, shape in _one_chunk_a_block(block).items()}
    block.to_zarr(path, mode="w-", zarr_format=2, consolidated=True, encoding=encoding)


def _append_zarr(along_run: xr.Dataset, path: Path) -> None:
    along_run.to_zarr(path, append_dim="run", zarr_format=2, consolidated=True)


def _one_chunk_a_block(block: xr.Dataset) -> dict[str, tuple[int, ...]]:
    return {str(name): variable.shape for name, variable in block.variables.items() if variable.ndim}


def _begin_netcdf(block: xr.Dataset, path: Path) -> None:
    encoding = {
        name: {"chunksizes": shape}
        for name, shape in _one_chunk_a_block(block).items()
        if "run" in block[name].dims and all(shape)
    }
    with _full_disk_as_os_error():
        block.to_netcdf(path, engine="netcdf4", unlimited_dims=["run"], encoding=encoding)


def _append_netcdf(along_run: xr.Dataset, path: Path) -> None:
    import netCDF4

    with _full_disk_as_os_error(), netCDF4.Dataset(path, "a") as file:
        file.set_auto_maskandscale(False)
        start = len(file.dimensions["run"])
        for name, variable in along_run.variables.items():
            file[str(name)][start : start + along_run.sizes["run"]] = variable.values


@contextmanager
def _full_disk_as_os_error() -> Iterator[None]:
    try:
        yield
    except RuntimeError as reason:  # what the HDF5 library says when the disk is full
        raise OSError(str(reason)) from reason


__all__ = ["check_suffix", "open_results", "opened", "save", "write_blocks"]
