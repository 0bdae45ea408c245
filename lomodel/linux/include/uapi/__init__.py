"""include/uapi/ of the kernel's tree."""
