"""Who gets mail of a profile: members who chose so, and addresses without an account.

Owns the table `mail_subscriptions`. An address confirms by a mailed link, and the time, the
network and the version of the words are kept as a proof. Everybody ends mail of a profile by a
signed link, without an account. Ended addresses are forgotten but for a hash, which keeps them
from being asked again.
"""
