import importlib
import subprocess
import sys

import pytest

from shmlab import plot
from shmlab.show import plotting


@pytest.mark.parametrize("kind", plotting._DRAWN_BY)
def test_each_type_exists_and_has_what_draws_it(kind):
    module, _, name = kind.rpartition(".")
    found = getattr(importlib.import_module(module), name)
    assert callable(plotting._drawer(found))
    assert callable(plotting._drawer(type("Narrower", (found,), {})))


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(TypeError, match="int cannot be drawn: plot takes AddressSpaces"):
        plot(1)


def test_drawing_one_thing_loads_nothing_of_the_others():
    code = (
        "from shmlab import address_space, plot; import os, sys; plot(address_space(os.getpid())); print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    loaded = run.stdout.split()
    assert "shmlab.show.charts.address_spaces" in loaded
    assert not {"shmlab.bench", "shmlab.transports", "shmlab.explorer", "shmlab.program"} & set(loaded)
