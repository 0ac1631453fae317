"""Parameters that are estimated: trials against targets, the fitted scenario, and how surely it is fitted.

Import from here: `load_spec`, `evaluate`, `run_calibration`, `write_fitted`, `profile`. optuna and cmaes (the
extra `calibrate`) are imported when they are used.
"""

from __future__ import annotations

from pingcang.calibrate.engine import Calibration, Progress, kept_trials, run_calibration, summary
from pingcang.calibrate.evaluate import Evaluation, evaluate
from pingcang.calibrate.fitted import Fitted, parameters_of, write_all, write_fitted
from pingcang.calibrate.identification import Identification, from_trials
from pingcang.calibrate.loaded import LoadedSpec
from pingcang.calibrate.loading import load_spec
from pingcang.calibrate.measures import Measures, Part, PathPart
from pingcang.calibrate.slices import Profile, Slice, profile, profile_summary

__all__ = [
    "Calibration",
    "Evaluation",
    "Fitted",
    "Identification",
    "LoadedSpec",
    "Measures",
    "Part",
    "PathPart",
    "Profile",
    "Progress",
    "Slice",
    "evaluate",
    "from_trials",
    "kept_trials",
    "load_spec",
    "parameters_of",
    "profile",
    "profile_summary",
    "run_calibration",
    "summary",
    "write_all",
    "write_fitted",
]
