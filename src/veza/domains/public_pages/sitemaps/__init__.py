"""Sitemaps for search engines, and robots.txt.

Owns no tables. Lists public things only.
"""
