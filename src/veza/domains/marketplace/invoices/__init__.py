"""Invoices of sales, and credit notes of refunds.

Owns the tables `invoice_counters`, `invoices`, and in the storage all below `invoices/`. Announces
nothing. Reacts to `OrderPaid` and `OrderRefunded`. Never changes what is issued, and never decides
what is sold or refunded: it reads that from `orders`.
"""
