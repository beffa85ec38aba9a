"""The one part of the build that pyproject.toml cannot say: a C extension that may fail to build."""

from setuptools import Extension, setup

PARTS = ("atomics", "ring_end", "ring_send", "ring_receive", "ring_wait")

setup(
    ext_modules=[
        Extension(
            "shmlab.native._native",
            [f"shmlab/native/{part}.c" for part in PARTS],
            depends=["shmlab/native/ring_end.h", "shmlab/native/ring.h"],
            extra_compile_args=["-std=c11", "-O2", "-Wall"],
            optional=True,
        )
    ]
)
