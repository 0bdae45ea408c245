"""`python -m tools.kernel [RELEASE ...]`: build the pages' kernels; without a name the book's."""

from __future__ import annotations

import subprocess
import sys

from lomodel.desk import RELEASE
from tools.kernel import versions
from tools.kernel.build import build
from tools.kernel.fetch import Missing


def main() -> None:
    """Build; one line and the exit status 1 when something is missing."""
    wanted = sys.argv[1:] or [RELEASE]
    for release in wanted:
        if release not in versions.releases():
            known = " or ".join(versions.releases())
            sys.exit(f"{release} is no release that can be built here: expected {known}")
        try:
            build(release)
        except (Missing, OSError, subprocess.CalledProcessError) as error:
            sys.exit(f"No kernel: {error}")
        except KeyboardInterrupt:
            sys.exit(130)


if __name__ == "__main__":
    main()
