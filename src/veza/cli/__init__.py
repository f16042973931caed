"""The command line of `veza`."""
