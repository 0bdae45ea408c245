def net_init(net):
    dev = alloc_netdev(net.machine, 0, "lo", NET_NAME_PREDICTABLE, loopback_setup)
    dev_net_set(dev, net)
    try:
        register_netdev(dev)
    except OSError:
        free_netdev(dev)
        raise
    net.loopback_dev = dev
