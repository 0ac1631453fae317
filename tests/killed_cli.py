"""`pingcang` with the made-up market, killed with SIGKILL just before the n-th real call of a kind.

KILL_BEFORE=rename:3 says when. Without it nothing is killed, and KILL_COUNTS names a file for the number of calls of
each kind: `fsync`; `rename` (and link); `variable`, one written into the store; `remove`, of a file or folder.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections import Counter
from pathlib import Path

import fake_cli

counts: Counter[str] = Counter()
counting = threading.Lock()


def deadly(kind, function):
    """The function, before whose n-th call of the kind the process dies."""
    wanted, _, number = os.environ.get("KILL_BEFORE", "").partition(":")

    def call(*arguments, **options):
        with counting:
            counts[kind] += 1
            if kind == wanted and counts[kind] == int(number):
                os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **options)

    return call


def main(arguments, environment):
    """The command in this process, which is there for it alone."""
    from xarray.backends.common import ArrayWriter

    os.environ.update(environment)
    sys.argv = ["pingcang", *arguments]
    for name, kind in (
        ("fsync", "fsync"),
        ("rename", "rename"),
        ("replace", "rename"),
        ("link", "rename"),
        ("unlink", "remove"),
        ("rmdir", "remove"),
    ):
        setattr(os, name, deadly(kind, getattr(os, name)))
    ArrayWriter.add = deadly("variable", ArrayWriter.add)
    try:
        fake_cli.main()
    finally:
        if "KILL_COUNTS" in os.environ:
            Path(os.environ["KILL_COUNTS"]).write_text(json.dumps(counts))
