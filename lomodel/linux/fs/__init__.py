"""fs/ of the kernel's tree."""
