"""One file for each machine that we talk to. Knows no noun of the product."""
