"""How errors reach the user."""

from __future__ import annotations

import sys
from typing import Any

import typer
from typer.core import TyperGroup

from pingcang.errors import PingcangError

INTERRUPTED = 130


class PlainErrors(TyperGroup):
    """Commands whose errors become a message and an exit code; what is unforeseen keeps its traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except PingcangError as problem:
            say(str(problem))
            raise typer.Exit(problem.exit_code) from None
        except KeyboardInterrupt as interruption:
            say(str(interruption) or "interrupted")
            raise typer.Exit(INTERRUPTED) from None


def say(message: str) -> None:
    """One message on standard error, each of its lines marked as ours."""
    for line in message.splitlines():
        print(f"pingcang: {line}", file=sys.stderr)
