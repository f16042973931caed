"""Webhooks: what companies tell us of payments and accounts, each event heard once.

Owns the table `webhook_events`. Announces nothing: what an event means it tells `orders`, which
decides what follows. Never believes an event more than the company that it speaks of.
"""
