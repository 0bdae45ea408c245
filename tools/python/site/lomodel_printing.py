"""What a cell prints, on its way to a web page.

A page that is told of each line of a loop without an end has no time left for "Stop". So a cell's
first lines go out as they come, later ones ten times a second, and no more than a reader reads.
"""

import time

AT_ONCE = 200
"""So many lines of a cell go out as they come."""
PAUSE = 0.1
"""Seconds between what goes out later."""
MOST = 200_000
"""So many signs of a cell go out."""
MOST_SHOWN = 500
"""So many values of a cell are shown."""
TOO_MUCH = "\n... A page shows no more of one cell than this; the cell goes on.\n"


class Printed:
    """One stream; `emit` takes text that goes out."""

    def __init__(self, emit):
        self.emit = emit
        self.held = []
        self.begin()

    def begin(self):
        """A cell's run begins; what is left of the one before goes out."""
        self.tell()
        self.size, self.left, self.lines, self.told = 0, MOST, AT_ONCE, 0.0

    def write(self, text):
        """Lines go out at once while they are few."""
        if self.left > 0:
            kept = text[: self.left]
            self.left -= len(kept)
            self.held.append(kept)
            self.size += len(kept)
            if not self.left:
                self.held.append(TOO_MUCH)
                self.tell()
            elif "\n" in text or self.size > 1000:
                self.lines -= 1
                self.flush()
        return len(text)

    def flush(self):
        """What is held goes out, unless much has gone just now."""
        if self.lines > 0 or time.monotonic() - self.told > PAUSE:
            self.tell()

    def tell(self):
        """What is held goes out."""
        if self.held:
            text, self.held, self.size = "".join(self.held), [], 0
            self.told = time.monotonic()
            self.emit(text)
