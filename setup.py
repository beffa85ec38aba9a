"""The one part of the build that pyproject.toml cannot say: a C extension that may fail to build."""

from setuptools import Extension, setup

PARTS = ("_native", "_ring", "_ring_send", "_ring_receive", "_ring_wait")

setup(
    ext_modules=[
        Extension(
            "shmlab._native",
            [f"shmlab/{part}.c" for part in PARTS],
            depends=["shmlab/_ring.h", "shmlab/ring.h"],
            extra_compile_args=["-std=c11", "-O2", "-Wall"],
            optional=True,
        )
    ]
)
