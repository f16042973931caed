"""What every request passes through. Imports no domain: what it must ask, it declares."""
