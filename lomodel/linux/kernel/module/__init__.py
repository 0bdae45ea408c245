"""kernel/module/ of the kernel's tree."""
