"""Notices of copyright by people without an account, and the objections of owners.

Owns the tables `copyright_notices`, `copyright_items` and `copyright_counters`. `takedowns` hides
and restores the items, with the category copyright.
"""
