"""Broadcasts: mails of a profile to its followers, its buyers and who subscribed.

Owns the tables `broadcasts` and `broadcast_recipients`. Recipients are collected when a broadcast
begins, and each is claimed, sent to and marked. Handles `MailReported` and `Unsubscribed`, by which
its numbers change. Nothing in a mail tracks who reads it.
"""
