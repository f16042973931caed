"""Appearances of a profile: tracks and releases of others, and its credits by role.

Owns no tables: `credits` has the credits, `tracks` and `releases` decide what is shown.
"""
