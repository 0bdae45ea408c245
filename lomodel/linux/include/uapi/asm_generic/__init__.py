"""include/uapi/asm-generic/ of the kernel's tree."""
