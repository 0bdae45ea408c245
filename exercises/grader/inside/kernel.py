"""A fresh kernel in the isolation: python -m exercises.grader.inside.kernel CONNECTION_FILE"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from ipykernel.kernelapp import launch_new_instance

from exercises.grader.inside import cage

if __name__ == "__main__":
    # The file is its owner's alone, who may be root.
    connection = Path(sys.argv[1]).read_text()
    cage.become_nobody()
    with tempfile.NamedTemporaryFile("w", suffix=".json") as ours:
        ours.write(connection)
        ours.flush()
        launch_new_instance(argv=["-f", ours.name, "--log-level=ERROR", "--quiet"])
