"""include/linux/jiffies.h: how many jiffies a second has (CONFIG_HZ of the recorded kernels)."""

from __future__ import annotations

HZ = 1000
