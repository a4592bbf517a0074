"""The public pages: answering a survey and unsubscribing, plain HTML for any phone."""
