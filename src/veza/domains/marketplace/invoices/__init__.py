"""Invoices of sales, and credit notes of refunds.

Owns the tables `invoice_counters`, `invoices`, and all objects below `invoices/` in the storage.
Emits no events. Reacts to `OrderPaid` and `OrderRefunded`. Issued documents never change. Sales and
refunds are read from `orders`.
"""
