"""Where a run may write: a small file system of its own, which is gone with it."""

HOME = "/student"
STAGE = "/stage"
"""Where it is made before it stands in its place."""
