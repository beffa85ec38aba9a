"""ask_child: waits in a System V semaphore, which a signal that stops the process would interrupt."""

import sysv_ipc


def ask_child(numbers):
    memory = mmap.mmap(-1, 100)
    semaphore = sysv_ipc.Semaphore(None, sysv_ipc.IPC_CREX)
    pid = os.fork()
    if pid == 0:
        memory.write(json.dumps(work(numbers)).encode())
        semaphore.release()
        os._exit(0)
    semaphore.acquire()
    os.wait()
    semaphore.remove()
    return json.loads(memory[:].rstrip(b"\0"))
