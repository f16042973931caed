"""Figures of moderation by quarter, for everybody: reports, decisions, appeals, notices.

Owns the table `transparency_quarters`. A job counts what is stored of them.
"""
