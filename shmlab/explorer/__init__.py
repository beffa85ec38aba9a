"""Explore every interleaving of a program's processes, on a model of memory and synchronization.

The explorer is a pure model: nothing here touches the kernel, and nothing draws. A learner's functions run unchanged,
on look-alikes of shared memory and of synchronization objects (`lookalikes`), and stop before each operation
(`execution`). What a function does next depends only on what its operations have observed, so each behaviour is run
once and remembered (`marks`, `model.behaviour`). The model says which steps may come next (`model`), and the search
goes through all of them (`search`). The result is a verdict with a witness (`explain`) and, where it can be proven,
the name of the mistake (`diagnosis`).
"""
