"""ask_child: a pipe and a process of multiprocessing."""

import multiprocessing


def ask_child(numbers):
    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=lambda: sending.send(work(numbers)))
    child.start()
    answer = receiving.recv()
    child.join()
    return answer
