"""Asks a kernel of the pages in node, with the pages' own `vm.js`: for tests and measurements."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tools.kernel import inputs


def ask(folder: Path, scenarios: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The scenarios with what kernel and model observe ("kernel", "model"), or why not ("refused").

    "ms" is how long each took; the first has the start of the machine in it. CalledProcessError
    when the machine could not be asked.
    """
    given = "".join(json.dumps(each) + "\n" for each in scenarios)
    command = ["node", inputs.HERE / "ask.mjs", folder.resolve()]
    done = subprocess.run(command, input=given, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]
