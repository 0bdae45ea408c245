"""include/uapi/linux/net_tstamp.h: what can be timestamped, as bits of ``so_timestamping``.

Left out: the bits of hardware that stamps, and those that only sockets know.
"""

from __future__ import annotations

SOF_TIMESTAMPING_TX_SOFTWARE = 1 << 1
SOF_TIMESTAMPING_RX_SOFTWARE = 1 << 3
SOF_TIMESTAMPING_SOFTWARE = 1 << 4
