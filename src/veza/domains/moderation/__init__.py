"""Moderation: what members report, what is decided about it, and what is done to them.

Owns the tables `reports`, `report_entries` and `sanctions`. Announces `MemberSanctioned` and
`ReportClosed`, so that those whom it concerns are told; who is suspended it tells `accounts`, which
announces it. Never knows what can be reported: the domains that have something to report stand in
`app/reportable.py`.
"""
