"""Figures of moderation by quarter, for everybody: reports, decisions, appeals.

Owns the table `transparency_quarters`, which a job fills from `reports` and `appeals`.
"""
