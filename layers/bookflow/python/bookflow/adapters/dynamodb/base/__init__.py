"""What all stores share: keys, documents, and calls of the one table."""
