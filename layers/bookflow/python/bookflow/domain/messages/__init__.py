"""E-mails and text messages: to whom, how they are put together, and what became of them."""
