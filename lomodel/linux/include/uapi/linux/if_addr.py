"""include/uapi/linux/if_addr.h: flags and origins of an address."""

from __future__ import annotations

IFA_F_SECONDARY = 0x01
IFA_F_PERMANENT = 0x80
IFA_F_TENTATIVE = 0x40
IFAPROT_KERNEL_LO = 1
