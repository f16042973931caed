"""Moderation: reports and sanctions, appeals against them, work on many, figures."""
