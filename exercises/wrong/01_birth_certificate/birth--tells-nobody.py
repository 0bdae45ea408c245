def net_init(net):
    dev = core.alloc_netdev(net.machine, 0, "lo", NET_NAME_PREDICTABLE, loopback_setup)
    if dev is None:
        return
    core.dev_net_set(dev, net)
    try:
        core.register_netdev(dev)
    except Exception:
        core.free_netdev(dev)
        return
    net.loopback_dev = dev
