"""The settings that a `sysctl` step may write."""

from __future__ import annotations

from typing import Any

from lomodel.contract.errors import ScenarioError, quoted
from lomodel.contract.fields import INT_MIN, U32_MAX, integer

#: Their names; `lo` in a name is the device, whatever its name is now.
SYSCTLS = (
    *(f"net.ipv6.conf.{device}.disable_ipv6" for device in ("all", "default", "lo")),
    *(
        f"net.ipv4.conf.{device}.{name}"
        for device in ("all", "lo")
        for name in ("route_localnet", "accept_local", "rp_filter")
    ),
    "net.ipv4.ip_default_ttl",
    "net.ipv4.ip_no_pmtu_disc",
    "net.ipv4.icmp_echo_ignore_all",
    "net.ipv4.icmp_echo_ignore_broadcasts",
    "net.ipv6.conf.lo.hop_limit",
    "net.ipv6.icmp.echo_ignore_all",
    "net.ipv6.bindv6only",
)
_KNOWN = frozenset(SYSCTLS)
#: They are written as text, so a number need not fit a C int: the kernel has an answer to it.
_VALUE = integer(INT_MIN, U32_MAX, "a number of 32 bits")


def check_settings(written: dict[str, Any], where: str) -> None:
    """Refuse a setting that is unknown, or whose value is no integer. Raises ScenarioError."""
    for name, value in written.items():
        if name not in _KNOWN:
            expected = f"unknown setting, expected {quoted(SYSCTLS)}"
            raise ScenarioError(f"{where}.{name}", expected)
        _VALUE.check(value, f"{where}.{name}")
