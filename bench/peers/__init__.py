"""What Veza is measured beside."""
