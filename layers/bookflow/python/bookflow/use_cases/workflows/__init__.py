"""What operators do with workflows: draw, check, publish, turn on and off."""
