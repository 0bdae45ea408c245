def net_init(net):
    dev = alloc_netdev(net.machine, 0, "lo", NET_NAME_PREDICTABLE, loopback_setup)
    if dev is None:
        return
    dev_net_set(dev, net)
    try:
        register_netdev(dev)
    except Exception:
        free_netdev(dev)
        return
    net.loopback_dev = dev
