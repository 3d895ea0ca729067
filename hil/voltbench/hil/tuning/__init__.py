"""``make tuning``: six designs from bandwidth and margin to a proof, and where models fail."""
