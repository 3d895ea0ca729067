"""Other open simulators over the same cases; imported only where they are installed."""
