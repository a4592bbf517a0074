"""E-mails made of blocks: the stored document, what of it is shown, and the HTML and text it becomes."""
