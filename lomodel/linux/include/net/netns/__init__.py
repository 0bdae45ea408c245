"""include/net/netns/ of the kernel's tree: what each protocol keeps for a namespace."""
