"""Gifts: a product that is bought for somebody else, who gets a code by mail at a date.

Owns no tables: gifts belong to lines of orders. Emits no events. Reacts to `OrderPaid`,
`OrderRefunded` and `OrderDisputed`.
"""
