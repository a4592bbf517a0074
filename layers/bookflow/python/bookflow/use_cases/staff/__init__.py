"""Tasks of the people of a location."""
