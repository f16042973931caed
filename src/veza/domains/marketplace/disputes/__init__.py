"""Disputes: what a buyer's bank takes back, learnt from the provider where no event told of it.

Owns the tables `dispute_polls`, `dispute_checks`. Announces nothing itself: what a dispute makes of
an order it tells `orders`, which announces it.
"""
