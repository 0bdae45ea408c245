def gone(steps):
    """Which step took ::1, and how it comes back.

    steps: the letter's. They change lo's MTU, its addresses, its settings, set it up and down.
    Returns (taken, cure). taken: the index of the last step that took ::1 away, None if it
    never was there. cure: a list of steps, each of which succeeds, after which lo is up and
    has ::1, and its MTU and its other addresses are those of before.
    """
    taken, had = None, False
    for index in range(len(steps)):
        has = "::1/128" in addresses(steps[: index + 1])
        if had and not has:
            taken = index
        had = has
    return taken, [disable(0), DOWN, UP]
