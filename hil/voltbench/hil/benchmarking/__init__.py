"""Measured speed of the loop, always beside the same loop in C."""
