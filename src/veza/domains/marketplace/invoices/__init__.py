"""Invoices: what sellers and buyers keep of a sale, and the credit notes for what went back.

Owns the tables `invoice_counters`, `invoices`, and in the storage all below `invoices/`. Announces
nothing. Reacts to `OrderPaid` and `OrderRefunded`. Never changes what is issued, and never decides
what is sold or refunded: it reads that from `orders`.
"""
