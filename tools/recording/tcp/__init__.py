"""Records real TCP connections; `capture.py` is the program."""
