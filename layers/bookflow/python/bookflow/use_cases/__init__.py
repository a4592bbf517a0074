"""What Bookflow does, one use case a file: each works through ports alone and knows no edge."""
