"""The sections of a page, one a file, in the order in which readers of stress tests look for them."""
