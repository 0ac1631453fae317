"""The compiled core: loops over arrays without Python objects inside; sources in ext/, faces in these stubs."""

import os

# Threads that spin while they wait cost tenfold where several runs share the cores. Read when libgomp is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
