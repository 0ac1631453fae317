"""Files that are there whole or not at all: written under another name, synced to the disk, then renamed."""

from __future__ import annotations

import errno
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from pingcang.errors import StorageError

SYNCED_TOGETHER = 16

REMOVED_AGAIN_AFTER = (0.0, 0.02, 0.1, 0.5)
"""Seconds. A folder can be filled while it is emptied: by writing threads of Zarr after one of them has failed, by a
worker that has outlived its parent."""

NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EOPNOTSUPP}
"""What file systems without hard links say."""


@contextmanager
def storage_errors(place: Path, way_out: str = "free the disk or choose another place") -> Iterator[None]:
    """Turn the operating system's refusals into a `StorageError` that names `place` and the way out."""
    try:
        yield
    except OSError as reason:
        what = reason.strerror or str(reason)
        raise StorageError(f"{place}: cannot be written ({what}); {way_out}") from reason


@contextmanager
def written_whole(path: Path, scratch: Path | None = None) -> Iterator[Path]:
    """Give a temporary name in `scratch` (default: beside `path`); on success sync and rename it to `path`.

    What stands at `path` is replaced, a folder by a folder alone. On any error the temporary is removed and `path`
    stays as it was.
    """
    folder = path.parent if scratch is None else scratch
    token = uuid.uuid4().hex[:12]
    temporary = folder / f".{path.stem}.{token}.tmp{path.suffix}"
    try:
        yield temporary
        sync(temporary)
        swap_in(temporary, path, folder / f".{path.stem}.{token}.old{path.suffix}")
    finally:
        remove(temporary)


def created(path: Path, content: bytes) -> bool:
    """Write a new file whole; False, and nothing is changed, if another process was faster."""
    temporary = path.parent / f".{path.stem}.{uuid.uuid4().hex[:12]}.tmp{path.suffix}"
    try:
        temporary.write_bytes(content)
        sync(temporary)
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError as reason:
        if reason.errno not in NO_LINKS:
            raise
        temporary.replace(path)
    finally:
        remove(temporary)
    _sync_one(path.parent)
    return True


def swap_in(new: Path, path: Path, aside: Path) -> None:
    """Rename `new` to `path`; a folder already there first steps aside for another, and back again if that fails.

    A file replaces no folder (IsADirectoryError): what the folder holds is another's.
    """
    if not (path.is_dir() and new.is_dir()):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        new.replace(path)
        _sync_one(path.parent)
        return
    try:
        path.rename(aside)
        new.rename(path)
    except BaseException:
        if aside.exists() and not path.exists():
            aside.rename(path)
        raise
    _sync_one(path.parent)
    remove(aside)


def sync(path: Path) -> None:
    """Force a file, or a folder with all that is in it, to the disk: many at a time, which disks like."""
    if not path.is_dir():
        _sync_one(path)
        return
    inside = list(path.rglob("*"))
    with ThreadPoolExecutor(SYNCED_TOGETHER) as together:
        list(together.map(_sync_one, (place for place in inside if not place.is_dir())))
        list(together.map(_sync_one, [*(place for place in inside if place.is_dir()), path]))


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if not path.is_dir() or path.is_symlink():
        path.unlink(missing_ok=True)
        return
    for seconds in REMOVED_AGAIN_AFTER:
        time.sleep(seconds)
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            return


def _sync_one(path: Path) -> None:
    if os.name == "nt" and path.is_dir():  # Windows opens no folders
        return
    descriptor = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
