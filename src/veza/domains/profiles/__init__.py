"""Profiles: the names, pictures and links that people are shown by, and which of them are verified.

Owns the tables `profiles`, `profile_members`, `former_members`, `profile_invitations`,
`profile_claims`, `former_handles`, `merged_profiles` and `roster_entries`. Each account has a
personal profile with its own id, which the database creates with the account. Pages, of artists,
bands and labels, are run by members in roles. Emits `ProfileInvited`, `ProfileClaimed`,
`ProfileManagementEnded` and `RosterProposed`; a new name is announced as `UserRenamed`.
"""
