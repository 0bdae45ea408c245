"""fs/proc/ of the kernel's tree."""
