"""A real book: accounts and positions from two Parquet tables in place of drawn ones."""

from pingcang.accounts.own_book.read import BookNotes, read_own_books
from pingcang.accounts.own_book.report import DropReport, dropped_path, told, write_rows

__all__ = ["BookNotes", "DropReport", "dropped_path", "read_own_books", "told", "write_rows"]
