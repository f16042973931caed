"""Gear: the items that members own, with their documents, repairs and warranties.

Owns the tables `gear`, `gear_repairs` and `gear_documents`, and in the storage all below `gear/`.
Announces `WarrantyEnding`. Never shows anything to anybody but the owner.
"""
