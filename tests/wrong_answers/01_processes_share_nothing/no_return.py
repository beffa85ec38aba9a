"""ask_child: nothing is returned.

The learner gets the answer into the parent, and leaves it there.
"""


def ask_child(numbers):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, json.dumps(work(numbers)).encode())
        os._exit(0)
    print(json.loads(os.read(reading, 100)))
    os.wait()
