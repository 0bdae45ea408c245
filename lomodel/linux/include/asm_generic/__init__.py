"""include/asm-generic/ of the kernel's tree."""
