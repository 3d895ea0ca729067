"""Drawings of the topologies: placed by hand, checked against the circuits they draw."""
