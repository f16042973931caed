"""Splits: who earns which part of what products, releases, tips and memberships earn.

Owns the tables `splits`, `split_parts`, `split_acceptances` and `default_split_parts`. A new
version holds once all who gain or lose by it have accepted it. `orders` freezes the parts in the
lines that are sold. Emits `SplitProposed`.
"""
