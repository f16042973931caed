"""Tests of `audiences`."""
