"""Benches, sessions, evidence and the command line: where control meets plant or rig."""
