"""Limits, times and words of broadcasts."""
