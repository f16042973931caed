"""Taxes: how much of a price is tax, by seller, buyer and day. Prices always include it.

Owns the table `tax_rates`. What a line was taxed with is kept in its order.
"""
