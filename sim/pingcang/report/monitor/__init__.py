"""The page of `pingcang monitor --html`: a reading of a balance with all that stands behind it.

`write.write_monitor` makes the page; each other file makes a section, of a `material.Read`.
"""
