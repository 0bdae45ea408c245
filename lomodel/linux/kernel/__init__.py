"""kernel/ of the kernel's tree."""
