"""net/core/net-procfs.c: /proc/net/dev, a line for each device.

Some columns are sums: ``drop`` of receiving is rx_dropped and rx_missed_errors, ``frame`` and
``carrier`` are four counters each. What the netlink message has and this file lacks are
rx_nohandler and rx_otherhost_dropped.
"""

from __future__ import annotations

from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.net.core.dev_register import dev_get_stats
from lomodel.linux.net.core.net_namespace import Net
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/core/net-procfs.c")


HEADER = (
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop"
    " fifo colls carrier compressed"
)
WIDTHS = (7, 7, 4, 4, 4, 5, 10, 9, 8, 7, 4, 4, 4, 5, 7, 10)


@kernel_function
def dev_seq_printf_stats(dev: NetDevice) -> str:
    """The line of one device, without its newline."""
    stats = dev_get_stats(dev)
    frame = stats.rx_length_errors + stats.rx_over_errors + stats.rx_crc_errors
    carrier = stats.tx_carrier_errors + stats.tx_aborted_errors + stats.tx_window_errors
    received = (
        stats.rx_bytes,
        stats.rx_packets,
        stats.rx_errors,
        stats.rx_dropped + stats.rx_missed_errors,
        stats.rx_fifo_errors,
        frame + stats.rx_frame_errors,
        stats.rx_compressed,
        stats.multicast,
    )
    sent = (
        stats.tx_bytes,
        stats.tx_packets,
        stats.tx_errors,
        stats.tx_dropped,
        stats.tx_fifo_errors,
        stats.collisions,
        carrier + stats.tx_heartbeat_errors,
        stats.tx_compressed,
    )
    numbers = (f"{n:{width}}" for n, width in zip(received + sent, WIDTHS, strict=True))
    return f"{dev.name:>6}: {' '.join(numbers)}"


def dev_seq_show(net: Net) -> str:
    """The whole file, without its last newline."""
    return "\n".join([HEADER, *map(dev_seq_printf_stats, net.dev_base_head)])
