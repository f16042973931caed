"""Gear: what members own, what belongs to it on paper, and what its repairs cost.

Owns the tables `gear`, `gear_repairs`, `gear_documents` and `gear_uploads`, and in the storage all
below `gear/`. Announces `WarrantyEnding`. Never shows anything to anybody but the owner.
"""
