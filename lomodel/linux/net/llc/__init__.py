"""net/llc/ of the kernel's tree."""
