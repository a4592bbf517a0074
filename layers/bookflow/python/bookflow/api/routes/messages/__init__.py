"""Routes of messages: as they were sent, tests, one booking's in hand, and addresses that get none."""
