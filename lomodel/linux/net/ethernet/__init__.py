"""net/ethernet/ of the kernel's tree."""
