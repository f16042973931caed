"""Benchmarks: ratios against something measured in the same run, never absolute times alone."""
