"""``python -m exercises.grader``."""

import sys

from exercises.grader.cli import main

if __name__ == "__main__":
    sys.exit(main())
