"""The pure core: what Bookflow means, free of AWS, HTTP, files, environment and clocks."""
