def net_init(net):
    dev = core.alloc_netdev(net.machine, 0, "lo", NET_NAME_PREDICTABLE, loopback_setup)
    if dev is None:
        raise OSError(errno.ENOMEM, "no device")
    core.dev_net_set(dev, net)
    core.register_netdev(dev)
    net.loopback_dev = dev
