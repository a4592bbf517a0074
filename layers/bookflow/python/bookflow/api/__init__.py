"""The management API over HTTP: authorization, requests and answers."""
