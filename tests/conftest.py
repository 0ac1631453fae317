"""One hypothesis profile for the whole suite: the same examples on every run, and no clock."""

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")
