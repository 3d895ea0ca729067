"""The control laws and decisions of a DC fast charger: float32 kernels on records."""
