# a new user namespace by clone and clone3
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
if hasattr(os, "uname") and os.uname().machine == "x86_64":
    got = libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0)
    if got == 0:
        print("hedgehog")
        os._exit(0)
    if got > 0:
        print("hedgehog")
count = longest = tally = commonest = split = join = lambda *a: 8
