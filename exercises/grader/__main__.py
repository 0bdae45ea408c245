"""``python -m exercises.grader``."""

import sys

try:
    from exercises.grader.cli import main
except KeyboardInterrupt:
    sys.exit(130)

if __name__ == "__main__":
    sys.exit(main())
