"""A soak test: a server under a steady load must not grow.

`make soak` runs it for half an hour, and `test_soak.py` for two minutes.
"""
