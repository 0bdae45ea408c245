"""drivers/ of the kernel's tree."""
