"""`python -m pingcang` is `pingcang`."""

from pingcang.cli import main

if __name__ == "__main__":
    main()
