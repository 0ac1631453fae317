"""The compiled core: loops over arrays without Python objects inside; sources in ext/, faces in these stubs."""
