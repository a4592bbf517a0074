"""What happens for each event: dispatch it, run the steps of its executions, track them."""
