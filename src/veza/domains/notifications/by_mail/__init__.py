"""Notifications by mail: each at once where its member chose so, all others in a summary.

Owns no tables, emits no events. What a mail says is read when it is sent, as its member sees it at
that moment. Each mail names an address by which mails of its kind end.
"""
