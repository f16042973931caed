"""Set-up: the link by which the first admin of a server is created.

Owns the table `setup_link`. The link is valid once, for a day, and only while there is no admin.
"""
