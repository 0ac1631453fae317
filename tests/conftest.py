"""One hypothesis profile for the whole suite: the same examples on every run, and no clock; Ctrl-C can be tested."""

import os
import signal

import pytest
from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A suite that a shell starts in its background ignores Ctrl-C, and so would every command that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def chinese_font() -> str:
    """A font with Chinese letters; where there is none a test is skipped, in continuous integration it fails."""
    from pingcang.report.fonts import measured

    found = measured()
    if found is None:
        told = "a font with Chinese letters is needed: apt-get install fonts-wqy-zenhei"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(told)
    return found
