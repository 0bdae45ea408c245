"""`python -m tools.python`: pack Python for the pages, if anything has changed."""

from __future__ import annotations

import subprocess
import sys

from tools.npm import Missing
from tools.python import inputs
from tools.python.build import build, summary


def main() -> None:
    """Build; one line and the exit status 1 when something is missing."""
    if inputs.is_current():
        print("Python in the page is up to date.")
        return
    try:
        print(summary(build()))
    except (Missing, OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"No Python in the page: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
