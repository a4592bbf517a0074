"""What operators do with executions: look into, cancel, drain and resume them."""
