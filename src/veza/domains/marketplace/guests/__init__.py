"""Buying without an account: pages of a mailed link, mails, and orders that accounts claim.

Owns no tables: the orders of guests are orders. Emits no events. Reacts to `OrderPaid`,
`PreorderDelivered` and `RefundEnded`.
"""
