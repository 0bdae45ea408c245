"""include/uapi/linux/ of the kernel's tree."""
