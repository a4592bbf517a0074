"""The routes of messages: suppressed addresses, and one booking's messages in hand."""
