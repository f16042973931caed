"""Lists of the items that a profile has for members; others see titles without access."""
