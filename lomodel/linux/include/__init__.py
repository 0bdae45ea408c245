"""include/ of the kernel's tree."""
