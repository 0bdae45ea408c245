"""The reference: each run is a new kernel, started and asked through nbclient's parts.

It is isolated as the warm interpreter is, but for the cage of each run: its kernel has a container
of its own.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import Empty
from typing import Any, Self

import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from exercises.grader.grade import ENDED, TOO_LONG
from exercises.grader.inside.cage import NOBODY
from exercises.grader.limits import Limits
from exercises.grader.problem import Problem
from exercises.grader.sandbox import DONE, FLOODED, Result, container, search_path

STARTS = 3
"""How often a kernel is tried to be started, on a machine that is busy."""


class FreshRun:
    """A kernel and the cells that it was given."""

    def __init__(self, client: NotebookClient, limits: Limits) -> None:
        self._client, self._limits = client, limits

    def cell(self, source: str, *, answer: bool, seconds: float) -> Result:
        """Runs a cell; there is one namespace for answers and checks here."""
        cell = nbformat.v4.new_code_cell(source)
        self._client.timeout = max(1, round(seconds))  # nbclient knows whole seconds only
        self._client.nb.cells.append(cell)
        try:
            self._client.execute_cell(cell, len(self._client.nb.cells) - 1)
        except CellTimeoutError:
            return Result(TOO_LONG)
        except (DeadKernelError, Empty, OSError, RuntimeError):
            return Result(ENDED)
        return self._result(cell.outputs)

    def _result(self, outputs: list[Any]) -> Result:
        raised = next((one for one in outputs if one.output_type == "error"), None)
        shown = tuple(one for one in outputs if one.output_type != "error")
        if sum(len(str(one)) for one in shown) > self._limits.output:
            return Result(FLOODED)
        return Result(DONE, shown, (raised.ename, raised.evalue) if raised else None)


class _Manager(AsyncKernelManager):
    """Starts the kernel in the container, where one is used."""

    before: list[str] = []

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        return [*self.before, *super().format_kernel_cmd(extra_arguments)]


class FreshKernels:
    """Has a sandbox's form. The given cells at the top are not run ahead."""

    def __init__(
        self,
        given: Iterable[str],
        own: Iterable[str] | None,
        limits: Limits,
        *,
        unsafe: bool = False,
    ) -> None:
        self._limits, self._unsafe = limits, unsafe

    def __enter__(self) -> Self:
        if not self._unsafe:
            container()  # says what is missing before the first run
        return self

    def __exit__(self, *_: object) -> None:
        """Every run has ended its own kernel."""

    @contextmanager
    def run(self) -> Iterator[FreshRun]:
        """A new kernel, and its end."""
        with ExitStack() as stack:
            yield FreshRun(self._started(stack), self._limits)

    def _started(self, stack: ExitStack) -> NotebookClient:
        """A client of a kernel that runs until the stack ends. Problem where none will start."""
        for _ in range(STARTS):
            try:
                return self._start(stack)
            except RuntimeError as error:  # nbclient: it died, or said nothing in time
                why = str(error).splitlines()[0]
        raise Problem(f"no fresh kernel could be started ({why})")

    def _start(self, stack: ExitStack) -> NotebookClient:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        if os.getuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        client = NotebookClient(
            nbformat.v4.new_notebook(),
            km=self._manager(Path(folder)),
            allow_errors=True,
            interrupt_on_timeout=False,
            # compare joins them; for a line of a million characters nbclient takes for ever.
            coalesce_streams=False,
            record_timing=False,
            store_widget_state=False,
            shutdown_kernel="immediate",
        )
        # nbclient ends a kernel only where its manager is its own, if it is not told.
        stack.enter_context(client.setup_kernel(cwd=folder, cleanup_kc=True))
        return client

    def _manager(self, folder: Path) -> AsyncKernelManager:
        inside = [sys.executable, "-m", "exercises.grader.inside.kernel", "{connection_file}"]
        limits = self._limits
        processes = 0 if self._unsafe else limits.processes
        inside += [str(most) for most in (limits.files, limits.memory, processes)]
        manager = _Manager(
            transport="ipc",
            ip=str(folder / "kernel"),
            connection_file=str(folder / "kernel.json"),
        )
        manager._kernel_spec = KernelSpec(argv=inside, language="python")
        if self._unsafe:
            os.environ.setdefault("PYTHONPATH", os.pathsep.join(search_path()))
        else:
            manager.before = [*container(folder)]
        return manager
