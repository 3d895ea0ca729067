"""The converters: each file declares one circuit and its gate patterns."""
