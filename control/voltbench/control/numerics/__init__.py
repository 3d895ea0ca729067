"""Numerics shared by control and plant: compiled kernels, records, transforms."""
