"""Quotas: how much each member may keep in the storage, and how many uploads may run at once.

Owns the tables `storage_usage` and `storage_reservations`. Announces nothing. Triggers keep
`storage_usage` equal to the rows that name the objects. Never stores or deletes an object.
"""
