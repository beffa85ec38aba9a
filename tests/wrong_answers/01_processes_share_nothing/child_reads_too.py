"""ask_child: the child reads its own bytes.

The learner believes that the child ends with the `if`.
"""


def ask_child(numbers):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, json.dumps(work(numbers)).encode())
    return json.loads(os.read(reading, 100).decode())
