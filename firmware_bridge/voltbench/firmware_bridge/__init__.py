"""Control laws as machine code for microcontrollers, and the links to boards.

Nothing is here yet: the laws in ``voltbench.control`` are written so that they
can be exported (float32 records, no allocation, no maths library).
"""
