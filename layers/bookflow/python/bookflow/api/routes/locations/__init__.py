"""A location as a whole: its home page, and how it comes to be."""
