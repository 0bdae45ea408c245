# many processes, each within its limit
import os
import time

for _ in range(28):
    if os.fork() == 0:
        kept = bytearray(b"x" * 300_000_000)
        time.sleep(1000)
time.sleep(1000)
