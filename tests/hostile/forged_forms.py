# outputs of every form but the right one
import json
import os
import struct

FORMS = [
    {"outputs": None, "error": None},
    {"outputs": [1, None, []], "error": None},
    {"outputs": [{"output_type": "stream"}], "error": None},
    {"outputs": [{"output_type": "execute_result", "data": {"text/plain": [[]]}}], "error": None},
    {"outputs": [], "error": "AssertionError"},
    {"outputs": [], "error": [1, 2]},
    {"outputs": [{"output_type": "error", "ename": "x"}], "error": None},
    [],
    7,
    None,
]
for number in range(3, 256):
    for form in FORMS:
        try:
            data = json.dumps(form).encode()
            os.write(number, struct.pack("!I", len(data)) + data)
        except OSError:
            break
count = longest = tally = commonest = split = join = lambda *a: None
