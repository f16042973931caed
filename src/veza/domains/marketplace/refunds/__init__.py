"""Refunds: who may have money given back to a buyer, and that it is given back once.

Owns the tables `refunds` and `refund_items`. Announces `RefundEnded` and `RefundDelayed`; what
becomes of an order it tells `orders`, which announces it. Reacts to `OrderToReturn`. Never moves
money in the books.
"""
