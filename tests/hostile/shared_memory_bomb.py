# memory that counts as a file
import mmap

kept = []
for _ in range(1000):
    each = mmap.mmap(-1, 100_000_000)
    each.write(b"x" * 100_000_000)
    kept.append(each)
