def leaky_event(block, event, info):
    """Listens to the bell: ``event`` (NETDEV_...) happened to the device ``info.dev``.

    Gives a leaky device its address when it comes up. Always NOTIFY_DONE, since none of this is a
    reason to stop others from hearing; nothing is raised.
    """
    dev = info.dev
    if event == NETDEV_UP and dev.ip_ptr is not None:
        ifa = inet_alloc_ifa(dev.ip_ptr)
        if ifa is not None:
            ifa.ifa_local = ifa.ifa_address = bytes([10, 9, dev.ifindex, 1])
            ifa.ifa_prefixlen = 24
            ifa.ifa_label = dev.name
            try:
                inet_insert_ifa(ifa)
            except OSError:
                pass
    return NOTIFY_DONE
