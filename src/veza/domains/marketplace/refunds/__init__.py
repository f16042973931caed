"""Refunds: who may request them, and that the provider makes each once.

Owns the tables `refunds` and `refund_items`. Licences, postings and the status of the order are
changed by `orders`, which is told the progress of each refund.
"""
