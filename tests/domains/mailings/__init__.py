"""Tests of mail of profiles to many."""
