"""Receipts of orders: a mail to the buyer with the invoice, always, and again on request.

Owns no tables, emits no events. Reacts to `OrderPaid`. Invoices are made by `invoices`.
"""
