"""The one part of the build that pyproject.toml cannot say: a C extension that may fail to build."""

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "shmlab._native", ["shmlab/_native.c"], extra_compile_args=["-std=c11", "-O2", "-Wall"], optional=True
        )
    ]
)
