"""What messages of the jobs' queue ask for, page by page."""
