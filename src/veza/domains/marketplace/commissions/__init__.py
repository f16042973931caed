"""Commissions: a service that was paid is made, from the brief to what its buyer accepts.

Owns the tables `commissions`, `commission_entries` and `commission_files`. Emits `CommissionMoved`.
Reacts to `OrderPaid`, `OrderRefunded` and `OrderDisputed`. What a service costs and who is paid is
in `orders`: its line is undelivered until the commission is accepted, as a pre-order is until the
day of its release. Files are snapshots of `cloud/files`.
"""
