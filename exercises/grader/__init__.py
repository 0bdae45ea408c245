"""Grades notebooks of a whole class, safely: ``python -m exercises.grader --help``.

It knows notebooks, not networks: nothing here imports what an assignment is about, and any folder
that is laid out like ``exercises/`` can be graded (``--course``).
"""
