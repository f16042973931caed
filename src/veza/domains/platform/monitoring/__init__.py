"""Monitoring: health checks, metrics, statistics, traffic and jobs, for the operators of a server.

Owns the table `traffic`. Emits no events.
"""
