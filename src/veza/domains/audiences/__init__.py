"""Audiences: who watches a broadcast at the moment, and how many did in all.

Owns no table: it lies in Valkey and expires. Announces nothing. Never decides anything: without
Valkey nobody is known to watch, and that is all.
"""
