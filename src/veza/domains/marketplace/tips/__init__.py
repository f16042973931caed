"""Tips: money for a profile, with a message, once and for nothing in return.

Owns the tables `tip_jars` and `tips`. A tip is a line of an order, so that payment, fee, split,
refund, dispute, invoice and payout are those of any other sale.
"""
