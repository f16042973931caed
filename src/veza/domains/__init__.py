"""The domains of Veza: a folder for each, with the same files in each."""
