"""Statements: what a member earned in a month, and what became of it, as the ledger has it.

Owns no tables. The ledger says what was posted; `orders` say how it came about.
"""
