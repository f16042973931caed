"""The programs that Veza is compared with."""
