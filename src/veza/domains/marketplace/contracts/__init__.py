"""Contracts of licences: a PDF with both parties and the terms of each variant that is sold.

Owns the table `licence_contracts`, and all objects below `contracts/` in the storage. Emits no
events. Reacts to `OrderPaid`. Sales are read from `orders`; contracts never change.
"""
