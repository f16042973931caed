"""Starts and supervises the processes of a server: engines, HTTP processes, worker, nginx."""
