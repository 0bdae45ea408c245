"""The mechanism: the kernel's own tree, one module for each C file, under its path.

``drivers/net/loopback.c`` is ``lomodel.linux.drivers.net.loopback``, ``include/linux/skbuff.h`` is
``lomodel.linux.include.linux.skbuff``. Where a C file is long its parts stand beside a module of
its name (``net.core.dev``), which is what others import. A name that Python cannot have is changed
as little as possible: ``net._8021q``, ``net.core.net_procfs``, ``include.uapi.linux.in_``.

A function keeps the name and the argument order of the C function that it stands for, and a struct
keeps its fields. Where C returns ``-errno`` the Python raises ``OSError`` with that errno; where C
returns a value that is the subject (``NET_RX_DROP``, a feature mask), the Python returns it.
Standard library only.
"""
