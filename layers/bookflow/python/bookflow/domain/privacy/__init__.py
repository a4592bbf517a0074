"""Personal data of guests: their erasure, and what is left that it cannot reach."""
