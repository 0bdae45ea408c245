"""include/net/ of the kernel's tree."""
