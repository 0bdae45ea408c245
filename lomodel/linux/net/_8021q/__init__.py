"""net/8021q/ of the kernel's tree."""
