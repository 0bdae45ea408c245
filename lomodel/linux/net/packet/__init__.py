"""net/packet/ of the kernel's tree."""
