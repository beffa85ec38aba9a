"""Run beside a learner's code. The parent checks every message from here, because the code can change it."""
