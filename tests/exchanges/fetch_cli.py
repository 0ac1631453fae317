"""`pingcang` in a process of its own, whose requests go to a server: python fetch_cli.py ADDRESS fetch …

FETCH_LIMIT (bytes that a file may have) is a full disk. The clock stands at the morning of `site.NOW`; pauses last a
hundredth of their time.
"""

import os
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1]))

from exchanges.site import NOW
from pingcang.leverage.fetch.pace import Clock


def main():
    from requests.adapters import HTTPAdapter

    from pingcang.cli import main as real

    address, real_send = sys.argv.pop(1), HTTPAdapter.send

    def send(adapter, request, **options):
        parts = urlsplit(request.url)
        request.url = f"{address}{parts.path}?{parts.query}"
        return real_send(adapter, request, **options)

    HTTPAdapter.send = send
    Clock.now = lambda _: NOW
    Clock.sleep = lambda _, seconds: time.sleep(seconds / 100)
    if "FETCH_LIMIT" in os.environ:
        import resource

        limit = int(os.environ["FETCH_LIMIT"])
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    sys.argv[0] = "pingcang"
    real()


if __name__ == "__main__":
    main()
