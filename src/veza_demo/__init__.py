"""A community to show: music made from numbers, its covers, and the people who talk about it."""
