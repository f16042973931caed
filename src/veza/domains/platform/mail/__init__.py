"""Mails: one design, written from blocks as text and as HTML, and one way of sending them.

Owns no tables. Domains write what their mails say, in four languages, and send it through here.
"""
