"""The objects that a learner's function gets in place of shared memory and of synchronization objects."""
