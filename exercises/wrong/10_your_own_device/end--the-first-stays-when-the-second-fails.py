def leaky_init(dev):
    """Registration has begun (ndo_init): gives ``dev`` its ``Leak.seen`` and ``Leak.back``.

    Returns 0. OSError ENOMEM where there is no memory; then nothing is allocated, nothing stands in
    the Leak, and nobody will call ``leaky_uninit``.
    """
    leak, machine = netdev_priv(dev), dev.machine
    leak.seen = alloc_percpu_int(machine)
    if leak.seen is not None:
        leak.back = netdev_alloc_pcpu_stats(machine, PcpuLstats)
        if leak.back is not None:
            return 0
    raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))


def leaky_uninit(dev):
    """The end of what ``leaky_init`` began (ndo_uninit): frees both, and leaves None in the Leak.

    The core calls it once, when the device ends or its registration fails after ``leaky_init``.
    """
    leak = netdev_priv(dev)
    free_percpu(dev.machine, leak.back)
    free_percpu(dev.machine, leak.seen)
    leak.seen = leak.back = None


def leaky_birth(net, setup):
    """A new device in the namespace ``net``, registered as "leak%d"; returns it.

    ``setup`` is the function that fills in its form. Its private part has SIZEOF_LEAK bytes, its
    name is of the kind NET_NAME_ENUM. OSError ENOMEM where there is no memory for the device, or
    whatever its registration was refused with; then nothing of it is left.
    """
    dev = alloc_netdev(net.machine, SIZEOF_LEAK, "leak%d", NET_NAME_ENUM, setup)
    if dev is None:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
    dev_net_set(dev, net)
    try:
        register_netdev(dev)
    except OSError:
        free_netdev(dev)
        raise
    return dev
