def net_init(net):
    dev = core.alloc_netdev(net.machine, 0, "lo", NET_NAME_PREDICTABLE, loopback_setup)
    core.dev_net_set(dev, net)
    try:
        core.register_netdev(dev)
    except OSError:
        core.free_netdev(dev)
        raise
    net.loopback_dev = dev
