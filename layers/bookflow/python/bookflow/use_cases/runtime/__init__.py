"""What each event pays: dispatch it, run the steps of its executions, track them."""
