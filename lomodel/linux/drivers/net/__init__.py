"""drivers/net/ of the kernel's tree."""
