"""Workers for trials, those of `pingcang.montecarlo.work`; `evaluate`, whose text is in their identity, asks here."""

from pingcang.montecarlo.work import Workers, workers

__all__ = ["Workers", "workers"]
