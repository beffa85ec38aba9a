"""Semaphores, mutexes, conditions and barriers in the model: what each of their operations may do to a state.

Every one of them waits until the stores of its own process have reached memory: they are full fences.
Sources: the pages of sem_wait, pthread_mutex_lock, pthread_cond_wait and pthread_barrier_wait in POSIX.1-2017;
pthread_mutexattr_setrobust(3) for owners that die.
"""

from shmlab.explorer import ops
from shmlab.explorer.model.state import BUFFER, CRASHES, HOLDS, MEMORY, NODE, PHASE, PROCESSES, SYNC

FREE, HELD, DIED, INCONSISTENT, UNRECOVERABLE = range(5)  # what a mutex can be
READY, WAITING, WOKEN, EXPIRED, ARRIVED = range(5)  # phases; ARRIVED + n: came to a barrier as number n


class Synchronization:
    """The part of Model that knows synchronization. Each method adds to `found` the moves of one operation."""

    def _acquire(self, found, state, rank, process, node, tries=False):
        if process[BUFFER]:
            return
        number, go = node.op.place, self._go[rank]
        taken = self._taken(state, rank, process, number)
        if taken is not None:
            observed, sync, held = taken
            found.append((go, self._on(state, rank, node, observed, sync=sync, held=held)))
        elif tries:
            found.append((go, self._on(state, rank, node, False)))
        elif node.op.values[0]:
            found.append(((rank, "time out"), self._on(state, rank, node, ops.TIMED_OUT)))

    def _try_acquire(self, found, state, rank, process, node):
        self._acquire(found, state, rank, process, node, tries=True)

    def _taken(self, state, rank, process, number):
        """(observation, sync, held) after taking a semaphore or mutex, or None while it cannot be taken."""
        sync, held = state[SYNC], process[HOLDS]
        value = sync[number]
        if number not in self._mutexes:
            if not value:
                return None
            return True, changed(sync, number, value - 1), _undone(held, number, 1) if number in self._undo else held
        if (number, 1) in held:
            return ops.HELD_ALREADY, sync, held
        if value == UNRECOVERABLE:
            return ops.NOT_RECOVERABLE, sync, held
        if value == FREE:
            return True, changed(sync, number, HELD), _undone(held, number, 1)
        if value == DIED:
            return ops.OWNER_DIED, changed(sync, number, INCONSISTENT), _undone(held, number, 1)
        return None

    def _release(self, found, state, rank, process, node):
        if process[BUFFER]:
            return
        number, sync, held, observed = node.op.place, state[SYNC], process[HOLDS], None
        if number not in self._mutexes:
            sync = changed(sync, number, sync[number] + 1)
            held = _undone(held, number, -1) if number in self._undo else held
        elif (number, 1) in held:
            sync, held = _given_back(sync, held, number)
        else:
            observed = ops.NOT_HELD
        found.append((self._go[rank], self._on(state, rank, node, observed, sync=sync, held=held)))

    def _value(self, found, state, rank, process, node):
        if not process[BUFFER]:
            found.append((self._go[rank], self._on(state, rank, node, state[SYNC][node.op.place])))

    def _consistent(self, found, state, rank, process, node):
        if process[BUFFER]:
            return
        number = node.op.place
        if (number, 1) in process[HOLDS] and state[SYNC][number] == INCONSISTENT:
            after = self._on(state, rank, node, None, sync=changed(state[SYNC], number, HELD))
        else:
            after = self._on(state, rank, node, ops.CONSISTENT_ALREADY)
        found.append((self._go[rank], after))

    def _wait(self, found, state, rank, process, node):
        if process[BUFFER]:
            return
        mutex, phase, go = self._mutex_of[node.op.place], process[PHASE], self._go[rank]
        if phase == READY:
            if (mutex, 1) not in process[HOLDS]:
                found.append((go, self._on(state, rank, node, ops.NOT_HELD)))
                return
            sync, held = _given_back(state[SYNC], process[HOLDS], mutex)
            found.append((go, self.waits(state, rank, WAITING, sync, held)))
        elif phase == WAITING:
            if node.op.values[0]:
                found.append(((rank, "time out"), self.waits(state, rank, EXPIRED)))
            if self.spurious:
                found.append(((rank, "wake"), self.waits(state, rank, WOKEN)))
        else:
            taken = self._taken(state, rank, process, mutex)
            if taken is not None:
                observed, sync, held = taken
                if observed is True and phase == EXPIRED:
                    observed = ops.TIMED_OUT
                found.append((go, self._on(state, rank, node, observed, sync=sync, held=held)))

    def mutex_of(self, number):
        """The number of a condition's mutex."""
        return self._mutex_of[number]

    def _waiters(self, state, number):
        nodes = self._nodes
        for rank, process in enumerate(state[PROCESSES]):
            op = nodes[process[NODE]].op
            if process[PHASE] == WAITING and op.kind == "wait" and op.place == number:
                yield rank

    def _notify(self, found, state, rank, process, node):
        if process[BUFFER]:
            return
        number, go = node.op.place, self._go[rank]
        if (self._mutex_of[number], 1) not in process[HOLDS]:
            found.append((go, self._on(state, rank, node, ops.NOT_HELD)))
            return
        waiters = list(self._waiters(state, number))
        for waiter in waiters:
            what = go if len(waiters) == 1 else (rank, f"wakes {waiter}")
            found.append((what, self._on(self.waits(state, waiter, WOKEN), rank, node, None)))
        if not waiters:
            found.append((go, self._on(state, rank, node, None)))

    def _notify_all(self, found, state, rank, process, node):
        if process[BUFFER]:
            return
        number = node.op.place
        if (self._mutex_of[number], 1) not in process[HOLDS]:
            found.append((self._go[rank], self._on(state, rank, node, ops.NOT_HELD)))
            return
        for waiter in self._waiters(state, number):
            state = self.waits(state, waiter, WOKEN)
        found.append((self._go[rank], self._on(state, rank, node, None)))

    def _barrier(self, found, state, rank, process, node):
        if process[BUFFER]:
            return
        number, sync, phase = node.op.place, state[SYNC], process[PHASE]
        arrived = sync[number]
        if phase >= ARRIVED:
            if node.op.values[0]:
                fewer = changed(sync, number, arrived - 1)
                found.append(((rank, "time out"), self._on(state, rank, node, ops.TIMED_OUT, sync=fewer)))
        elif arrived + 1 < self._parties[number]:
            more = changed(sync, number, arrived + 1)
            found.append((self._go[rank], self.waits(state, rank, ARRIVED + arrived, more)))
        else:
            found.append((self._go[rank], self._all_pass(state, rank, node)))

    def _all_pass(self, state, rank, node):
        """The last has arrived: everybody who waits at the barrier goes on, in this same step."""
        number = node.op.place
        state = (state[MEMORY], changed(state[SYNC], number, 0), state[PROCESSES], state[CRASHES])
        for other, process in enumerate(state[PROCESSES]):
            there = self._nodes[process[NODE]]
            if other != rank and process[PHASE] >= ARRIVED and there.op.kind == "barrier" and there.op.place == number:
                state = self._on(state, other, there, process[PHASE] - ARRIVED)
        return self._on(state, rank, node, self._parties[number] - 1)


def changed(values, index, value):
    return (*values[:index], value, *values[index + 1 :])


def _undone(held, number, units):
    """What ends with a process, after it has taken (1) or given (-1) a unit of an object."""
    before = dict(held)
    before[number] = before.get(number, 0) + units
    return tuple(sorted((one, count) for one, count in before.items() if count))


def _given_back(sync, held, number):
    """(sync, held) after a mutex is released; unrepaired after a death, it is unusable for ever."""
    after = UNRECOVERABLE if sync[number] == INCONSISTENT else FREE
    return changed(sync, number, after), _undone(held, number, -1)
