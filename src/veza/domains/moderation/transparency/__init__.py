"""Figures of moderation by quarter, for everybody: reports, decisions, appeals.

Owns the table `transparency_quarters`. A job counts what reports and appeals store.
"""
