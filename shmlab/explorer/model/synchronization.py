"""Semaphores, mutexes, conditions and barriers in the model: how each of their operations may change a state.

Each operation is a full fence: it waits until the stores of its own process have reached memory. Sources: the pages of
sem_wait, pthread_mutex_lock, pthread_cond_wait and pthread_barrier_wait in POSIX.1-2017;
pthread_mutexattr_setrobust(3) for owners that die.
"""

from shmlab.explorer import ops
from shmlab.explorer.model.state import BUFFER, CRASHES, HOLDS, MEMORY, NODE, PHASE, PROCESSES, SYNC

FREE, HELD, DIED, INCONSISTENT, UNRECOVERABLE = range(5)  # conditions of a mutex
READY, WAITING, WOKEN, EXPIRED, ARRIVED = range(5)  # phases; ARRIVED + n: arrived at a barrier as number n


class Synchronization:
    """The part of Model that knows synchronization objects. Each method adds the moves of one operation to `moves`."""

    def _acquire(self, moves, state, rank, process, node, tries=False):
        if process[BUFFER]:
            return
        number, go = node.op.place, self._go[rank]
        acquired = self._acquired(state, rank, process, number)
        if acquired is not None:
            observed, sync, holds = acquired
            moves.append((go, self._on(state, rank, node, observed, sync=sync, holds=holds)))
        elif tries:
            moves.append((go, self._on(state, rank, node, False)))
        elif node.op.values[0]:
            moves.append(((rank, "time out"), self._on(state, rank, node, ops.TIMED_OUT)))

    def _try_acquire(self, moves, state, rank, process, node):
        self._acquire(moves, state, rank, process, node, tries=True)

    def _acquired(self, state, rank, process, number):
        """Return (observation, sync, holds) after a semaphore or mutex is acquired; None while it cannot be."""
        sync, holds = state[SYNC], process[HOLDS]
        value = sync[number]
        if number not in self.mutexes:
            if not value:
                return None
            return (
                True,
                changed(sync, number, value - 1),
                _with_units(holds, number, 1) if number in self._undo else holds,
            )
        if (number, 1) in holds:
            return ops.HELD_ALREADY, sync, holds
        if value == UNRECOVERABLE:
            return ops.NOT_RECOVERABLE, sync, holds
        if value == FREE:
            return True, changed(sync, number, HELD), _with_units(holds, number, 1)
        if value == DIED:
            return ops.OWNER_DIED, changed(sync, number, INCONSISTENT), _with_units(holds, number, 1)
        return None

    def _release(self, moves, state, rank, process, node):
        if process[BUFFER]:
            return
        number, sync, holds, observed = node.op.place, state[SYNC], process[HOLDS], None
        if number not in self.mutexes:
            sync = changed(sync, number, sync[number] + 1)
            holds = _with_units(holds, number, -1) if number in self._undo else holds
        elif (number, 1) in holds:
            sync, holds = _mutex_released(sync, holds, number)
        else:
            observed = ops.NOT_HELD
        moves.append((self._go[rank], self._on(state, rank, node, observed, sync=sync, holds=holds)))

    def _value(self, moves, state, rank, process, node):
        if not process[BUFFER]:
            moves.append((self._go[rank], self._on(state, rank, node, state[SYNC][node.op.place])))

    def _consistent(self, moves, state, rank, process, node):
        if process[BUFFER]:
            return
        number = node.op.place
        if (number, 1) in process[HOLDS] and state[SYNC][number] == INCONSISTENT:
            after = self._on(state, rank, node, None, sync=changed(state[SYNC], number, HELD))
        else:
            after = self._on(state, rank, node, ops.CONSISTENT_ALREADY)
        moves.append((self._go[rank], after))

    def _wait(self, moves, state, rank, process, node):
        if process[BUFFER]:
            return
        mutex, phase, go = self._mutex_of[node.op.place], process[PHASE], self._go[rank]
        if phase == READY:
            if (mutex, 1) not in process[HOLDS]:
                moves.append((go, self._on(state, rank, node, ops.NOT_HELD)))
                return
            sync, holds = _mutex_released(state[SYNC], process[HOLDS], mutex)
            moves.append((go, self.with_phase(state, rank, WAITING, sync, holds)))
        elif phase == WAITING:
            if node.op.values[0]:
                moves.append(((rank, "time out"), self.with_phase(state, rank, EXPIRED)))
            if self.spurious:
                moves.append(((rank, "wake"), self.with_phase(state, rank, WOKEN)))
        else:
            acquired = self._acquired(state, rank, process, mutex)
            if acquired is not None:
                observed, sync, holds = acquired
                if observed is True and phase == EXPIRED:
                    observed = ops.TIMED_OUT
                moves.append((go, self._on(state, rank, node, observed, sync=sync, holds=holds)))

    def mutex_of(self, number):
        """The number of a condition's mutex."""
        return self._mutex_of[number]

    def _waiters(self, state, number):
        nodes = self._nodes
        for rank, process in enumerate(state[PROCESSES]):
            op = nodes[process[NODE]].op
            if process[PHASE] == WAITING and op.kind == "wait" and op.place == number:
                yield rank

    def _notify(self, moves, state, rank, process, node):
        if process[BUFFER]:
            return
        number, go = node.op.place, self._go[rank]
        if (self._mutex_of[number], 1) not in process[HOLDS]:
            moves.append((go, self._on(state, rank, node, ops.NOT_HELD)))
            return
        waiters = list(self._waiters(state, number))
        for waiter in waiters:
            move = go if len(waiters) == 1 else (rank, f"wakes {waiter}")
            moves.append((move, self._on(self.with_phase(state, waiter, WOKEN), rank, node, None)))
        if not waiters:
            moves.append((go, self._on(state, rank, node, None)))

    def _notify_all(self, moves, state, rank, process, node):
        if process[BUFFER]:
            return
        number = node.op.place
        if (self._mutex_of[number], 1) not in process[HOLDS]:
            moves.append((self._go[rank], self._on(state, rank, node, ops.NOT_HELD)))
            return
        for waiter in self._waiters(state, number):
            state = self.with_phase(state, waiter, WOKEN)
        moves.append((self._go[rank], self._on(state, rank, node, None)))

    def _barrier(self, moves, state, rank, process, node):
        if process[BUFFER]:
            return
        number, sync, phase = node.op.place, state[SYNC], process[PHASE]
        arrived = sync[number]
        if phase >= ARRIVED:
            if node.op.values[0]:
                fewer = changed(sync, number, arrived - 1)
                moves.append(((rank, "time out"), self._on(state, rank, node, ops.TIMED_OUT, sync=fewer)))
        elif arrived + 1 < self._parties[number]:
            more = changed(sync, number, arrived + 1)
            moves.append((self._go[rank], self.with_phase(state, rank, ARRIVED + arrived, more)))
        else:
            moves.append((self._go[rank], self._all_pass(state, rank, node)))

    def _all_pass(self, state, rank, node):
        """Return the state after the last process has arrived: all that wait at the barrier go on in this same
        step."""
        number = node.op.place
        state = (state[MEMORY], changed(state[SYNC], number, 0), state[PROCESSES], state[CRASHES])
        for other, process in enumerate(state[PROCESSES]):
            waiting_at = self._nodes[process[NODE]]
            if (
                other != rank
                and process[PHASE] >= ARRIVED
                and waiting_at.op.kind == "barrier"
                and waiting_at.op.place == number
            ):
                state = self._on(state, other, waiting_at, process[PHASE] - ARRIVED)
        return self._on(state, rank, node, self._parties[number] - 1)


def changed(values, index, value):
    """Return a tuple with one value replaced."""
    return (*values[:index], value, *values[index + 1 :])


def _with_units(holds, number, units):
    """Return what a process holds after it has taken (units=1) or given (units=-1) a unit of an object."""
    before = dict(holds)
    before[number] = before.get(number, 0) + units
    return tuple(sorted((other, count) for other, count in before.items() if count))


def _mutex_released(sync, holds, number):
    """Return (sync, holds) after a mutex is released. It becomes unusable if its owner died and nobody repaired it."""
    after = UNRECOVERABLE if sync[number] == INCONSISTENT else FREE
    return changed(sync, number, after), _with_units(holds, number, -1)
