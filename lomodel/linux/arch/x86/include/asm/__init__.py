"""arch/x86/include/asm/ of the kernel's tree."""
