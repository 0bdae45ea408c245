"""arch/ of the kernel's tree."""
