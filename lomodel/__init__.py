"""An executable model of the Linux loopback device."""
