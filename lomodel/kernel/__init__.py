"""The mechanism: one module for each kernel source file, named after it; standard library only.

A function keeps the name and the argument order of the C function that it stands for, and a struct
keeps its fields. Where C returns ``-errno`` the Python raises ``OSError`` with that errno; where C
returns a value that is the subject (``NET_RX_DROP``, a feature mask), the Python returns it.
"""
