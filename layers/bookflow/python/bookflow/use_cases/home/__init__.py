"""What needs a person now, for the first page of a location; each reads up to a bound."""
