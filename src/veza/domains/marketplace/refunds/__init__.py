"""Refunds: requests, their execution at the payment provider, and their results.

Owns the tables `refunds` and `refund_items`. `orders` is notified of the progress of each refund,
and changes licences, postings and the status of the order.
"""
