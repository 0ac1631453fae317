"""The account book, its terms, its start, and the proof that it balances."""
