"""What customers are asked after a visit, by which secret link, and what they answered."""
