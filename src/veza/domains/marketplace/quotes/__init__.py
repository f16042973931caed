"""Quotes: what an order would cost now, and why, without placing one.

Owns no table. A cart is read and priced by the function that prices orders.
"""
