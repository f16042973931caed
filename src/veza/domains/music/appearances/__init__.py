"""Appearances of a profile on the music of others, its credits by role, and those on own music.

Owns no tables: `credits` has the credits, `tracks` and `releases` decide what is shown.
"""
