"""net/sched/ of the kernel's tree."""
