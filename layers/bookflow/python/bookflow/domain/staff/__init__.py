"""What workflows leave for the people of a location: notes and tasks."""
