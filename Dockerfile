# The course in a container, as an ordinary user, with a compiler and strace. On macOS, Windows and Linux:
#
#   docker build --tag shmlab .
#   docker run --rm -it --init --shm-size=256m --publish 127.0.0.1:8888:8888 \
#       --volume shmlab-course:/home/learner/shmlab-course shmlab
#
# Then open the address that it prints, the one with 127.0.0.1. What you write stays in the volume `shmlab-course`.
# --shm-size: Docker gives /dev/shm 64 MB; the lessons do with that, `shmlab bench` and several notebooks at once may not.
# --init: process 1 has to reap processes whose parents have ended.
# No capability is needed, but for the sandbox of `shmlab grade`: see docs/where_it_runs.md.
FROM python:3.13-slim-bookworm

RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev strace \
    && rm -rf /var/lib/apt/lists/*

COPY pyproject.toml setup.py README.md LICENSE /tmp/shmlab/
COPY shmlab /tmp/shmlab/shmlab
COPY docs /tmp/shmlab/docs
COPY notebooks /tmp/shmlab/notebooks
COPY exercises /tmp/shmlab/exercises
RUN python -m pip install --no-cache-dir /tmp/shmlab && rm -r /tmp/shmlab

RUN useradd --create-home learner
USER learner
WORKDIR /home/learner
# Made here, so that a volume mounted over it belongs to the learner.
RUN mkdir shmlab-course

EXPOSE 8888
ENTRYPOINT ["shmlab"]
CMD ["lab", "--ip=0.0.0.0", "--port=8888", "--no-browser"]
