"""Tests of notices of copyright."""
