"""The explorer: every interleaving of a program's processes, on a model of memory and synchronization.

It is a pure model: nothing here touches the kernel, and nothing draws. A learner's functions run unchanged, on
look-alikes of their memory and of their semaphores (`lookalikes`), and stop before each operation (`execution`). What a
function does next depends only on what it has observed, so each behaviour is run once and remembered (`marks`,
`model.behaviour`). The model says which steps may follow (`model`), and the search goes through all of them (`search`).
What it found is told as a verdict with a witness (`explain`), and where it can be proven, with a name (`diagnosis`).
"""
