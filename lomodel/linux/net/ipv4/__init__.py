"""net/ipv4/ of the kernel's tree."""
