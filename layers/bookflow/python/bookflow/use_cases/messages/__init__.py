"""Templates, and the addresses that are not written to."""
