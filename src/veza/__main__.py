"""`python -m veza` is the same as `veza`."""

from veza.cli.main import main

if __name__ == "__main__":
    main()
