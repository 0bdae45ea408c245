"""include/vdso/ of the kernel's tree."""
