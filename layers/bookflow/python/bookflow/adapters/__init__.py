"""The ports implemented: AWS services, HTTP and memory."""
