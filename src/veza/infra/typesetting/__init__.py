"""Documents set in type by typst: what is told of them is data, and never code."""
