"""net/core/ of the kernel's tree."""
