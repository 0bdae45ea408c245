"""net/ipv6/ of the kernel's tree."""
