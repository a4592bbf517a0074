"""The management API over HTTP: who may call, what a call says, and what an answer looks like."""
