def net_init(net):
    dev = core.alloc_netdev(net.machine, 0, "lo", NET_NAME_PREDICTABLE, loopback_setup)
    if dev is None:
        raise OSError(errno.ENOMEM, "no device")
    core.dev_net_set(dev, net)
    net.loopback_dev = dev
    try:
        core.register_netdev(dev)
    except OSError:
        net.loopback_dev = None
        core.free_netdev(dev)
        raise
