"""What a request carries: bodies, forms, parameters and headers."""
