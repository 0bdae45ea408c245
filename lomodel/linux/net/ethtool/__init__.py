"""net/ethtool/ of the kernel's tree."""
