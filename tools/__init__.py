"""What the Makefile runs: small programs, standard library only until `.venv` is there."""
