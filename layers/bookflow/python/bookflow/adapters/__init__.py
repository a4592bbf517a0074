"""The outside world behind the ports: AWS services and HTTP."""
