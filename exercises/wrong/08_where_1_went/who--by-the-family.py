def who_added(trace):
    """Who added which route, read off a trace.

    trace: a list like UP. Each item is (depth, function, route): the function was called by
    the nearest one before it whose depth is smaller, and added the route, or None.
    Returns a list, in order, of (route, listener, looked_at), all three strings. listener: the
    one of LISTENERS in which the route was added; looked_at: what it looks at to give
    something to lo and not to another device: "flag", "type", or "addresses" for a listener
    that makes routes for the addresses that are there already. Both are "" where a route was
    added in no listener.
    """
    return [
        (route, "addrconf_notify", "type") if "::" in route else (route, "inetdev_event", "flag")
        for _, _, route in trace
        if route is not None
    ]
