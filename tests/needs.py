"""Marks for tests that need what not every machine has: where it is missing they are skipped, and say so."""

import pytest

from shmlab.observe import c_programs

compiler = pytest.mark.skipif(c_programs.compiler() is None, reason="there is no C compiler here")
