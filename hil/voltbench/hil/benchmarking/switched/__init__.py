"""Switched circuits raced against C, fixed steps, scipy and ngspice, and tried over a grid."""
