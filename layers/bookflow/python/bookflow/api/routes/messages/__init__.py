"""Routes of messages: as they were sent, tests, and addresses that get none."""
