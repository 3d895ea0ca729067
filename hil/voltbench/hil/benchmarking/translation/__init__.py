"""From compiled kernels to C: the same text, the same types, another compiler."""
