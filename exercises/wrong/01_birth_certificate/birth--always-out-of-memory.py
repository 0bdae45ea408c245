def net_init(net):
    dev = core.alloc_netdev(net.machine, 0, "lo", NET_NAME_PREDICTABLE, loopback_setup)
    if dev is None:
        raise OSError(errno.ENOMEM, "no device")
    core.dev_net_set(dev, net)
    try:
        core.register_netdev(dev)
    except OSError:
        core.free_netdev(dev)
        raise OSError(errno.ENOMEM, "not registered") from None
    net.loopback_dev = dev
