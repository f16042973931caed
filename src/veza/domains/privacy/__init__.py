"""Privacy: what members may ask for as their right, all that is kept of them, and to be forgotten.

Owns the tables `exports`, `farewells` and `staff_erasures`, and in the storage all below
`exports/`. Announces `ExportReady`. Never knows what other domains keep: each hands out and erases
its own part, and `app` names them all.
"""
