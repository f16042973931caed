"""Benchmarks: each compares with a reference measured in the same run, not absolute times alone."""
