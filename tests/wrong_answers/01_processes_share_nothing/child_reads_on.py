"""ask_child: the child reads its own bytes.

The child writes its answer and does not end: it comes to the line that reads, too, and takes its own bytes.
"""


def ask_child(numbers):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, json.dumps(work(numbers)).encode())
    answer = json.loads(os.read(reading, 1000))
    os.wait()
    return answer
