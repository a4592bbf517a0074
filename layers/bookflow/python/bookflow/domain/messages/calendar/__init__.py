"""The booking as a calendar entry: the entry itself, and the links to it."""
