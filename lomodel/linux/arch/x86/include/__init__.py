"""arch/x86/include/ of the kernel's tree."""
