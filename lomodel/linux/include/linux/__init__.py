"""include/linux/ of the kernel's tree."""
