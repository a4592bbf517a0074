"""What texts and rules can name: variables, a sample booking, and what a step sees."""
