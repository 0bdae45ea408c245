def net_init(net):
    dev = alloc_netdev(net.machine, 0, "lo", NET_NAME_PREDICTABLE, loopback_setup)
    if dev is None:
        raise OSError(errno.ENOMEM, "no device")
    dev_net_set(dev, net)
    try:
        register_netdev(dev)
    except OSError:
        free_netdev(dev)
        raise OSError(errno.ENOMEM, "not registered")
    net.loopback_dev = dev
