"""net/bridge/ of the kernel's tree."""
