def leaky_get_stats64(dev, stats):
    """Fills in what the driver knows of the 25 counters of ``stats``, a RtnlLinkStats64.

    ``stats`` comes with zeros. What the core counts, it adds afterwards. Nothing is returned.
    """
    stats.tx_packets, stats.tx_bytes = dev_lstats_read(dev)
    stats.rx_packets, stats.rx_bytes = stats.tx_packets, stats.tx_bytes


def leaky_ledger(dev):
    """What became of the packets, a dict of five numbers, over all possible CPUs.

    "seen": given to the driver; "sent": counted as sent; "lost": lost by the driver;
    "refused": dropped by the core, which never gave them to the driver; "back": came back.
    """
    stats = dev_get_stats(dev)
    cpus = for_each_possible_cpu(dev.machine)
    seen = sum(per_cpu_ptr(netdev_priv(dev).seen, cpu) for cpu in cpus)
    lost = seen - stats.tx_packets
    return {
        "seen": seen,
        "sent": stats.tx_packets,
        "lost": lost,
        "refused": stats.tx_dropped - lost,
        "back": stats.rx_packets,
    }
