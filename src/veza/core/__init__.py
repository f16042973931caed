"""The vocabulary of the whole program: no input or output, no framework."""
