"""How the commands of experiments tell what is wrong: as pingcang's own do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from pingcang.cli.errors import INTERRUPTED, say
from pingcang.errors import PingcangError


@contextmanager
def plain_errors() -> Iterator[None]:
    """What is wrong, or that it was interrupted, told in a line and an exit code; other errors keep their traceback."""
    try:
        yield
    except PingcangError as problem:
        say(str(problem))
        raise typer.Exit(problem.exit_code) from None
    except KeyboardInterrupt as interruption:
        say(str(interruption) or "interrupted")
        raise typer.Exit(INTERRUPTED) from None
