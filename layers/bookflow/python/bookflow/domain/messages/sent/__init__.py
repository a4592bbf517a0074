"""What is kept of messages that were sent."""
