"""Workers for trials: those of `pingcang.montecarlo.work`. `evaluate`, whose text is in the identity of trials, asks here."""

from pingcang.montecarlo.work import Workers, workers

__all__ = ["Workers", "workers"]
