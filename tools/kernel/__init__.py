"""Builds a Linux kernel that a page of the book can ask: `make kernel`.

The kernel is compiled for i386 from Debian's source, boots once in the emulator v86, with the
laboratory's player and the model as its only process, and the state of that machine is what a page
loads. The steps, each a module:

    fetch    what is not in this repository: Debian's packages, npm's v86
    image    the kernel, kept by its inputs (some minutes)
    tree     the files that the machine begins with
    build    boots it and keeps its state (`state.mjs`), half a minute
    pack     what a page loads, and what must stand beside it

`versions.toml` has all versions and hashes, `inputs` says what a build was made from. `guest.py` is
the machine's process 1, `vm.js` is what a page drives it by. The result is in `_kernel/RELEASE/`.
"""
