"""The book's explorers, one a file; ``EXPLORER`` in ``<name>.py`` declares the explorer ``<name>``.

Each is found by its file. What an explorer imports decides when its table is reckoned anew, so it
takes what it needs from the modules of ``lomodel.explore``, not from the package itself.
"""
