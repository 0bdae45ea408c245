def leaky_setup(dev, board):
    """Fills in the form of a new device, which ``alloc_netdev`` calls with ``dev``.

    ``board``: its NetDeviceOps. Nothing is returned, nothing raised; what the form has to say is in
    the text above.
    """
    ether_setup(dev)
    dev.flags |= IFF_NOARP
    dev.flags &= ~IFF_MULTICAST
    dev.priv_flags |= IFF_LIVE_ADDR_CHANGE | IFF_NO_QUEUE
    dev.dev_addr = LEAKY_ADDR
    dev.min_mtu = dev.max_mtu = 0
    dev.priv = Leak()
    dev.netdev_ops = board
    dev.pcpu_stat_type = NETDEV_PCPU_STAT_LSTATS
    dev.needs_free_netdev = True
    can = dev.netif_f.GSO_SOFTWARE | dev.netif_f.mask("SG", "FRAGLIST", "HW_CSUM", "HIGHDMA")
    dev.features |= can
    dev.hw_features |= can | dev.netif_f.mask("LOOPBACK")


def leaky_promise(machine, birth):
    """Promises the machine that ``birth(net)`` is called once for every network namespace.

    For those that exist now and for those to come; each has its lo by then, with index 1.
    ``birth`` raises OSError to refuse, and what it returns is of no use to anybody.
    """
    operations = PernetOperations("leaky_net_ops", init=birth)
    net_namespace.register_pernet_device(machine, operations)
