"""ask_child: text for numbers.

The learner sends the answer as text, and returns that text.
"""


def ask_child(numbers):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, str(work(numbers)).encode())
        os._exit(0)
    answer = os.read(reading, 100).decode()
    os.wait()
    return answer
