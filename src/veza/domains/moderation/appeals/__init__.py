"""Appeals against sanctions, notes among staff, and the history of members.

Owns the tables `member_notes` and `appeals`. Sanctions are the warnings, suspensions and
take-downs of `reports`, which also stores what was decided on an appeal.
"""
