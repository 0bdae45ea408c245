"""What runs inside the isolation: a warm parent, and a child of it for each run.

Nothing here is trusted by the outside: what comes from here is text that somebody may have forged,
and is compared there. Nothing secret is here either, but for a hidden check while its turn lasts.
"""
