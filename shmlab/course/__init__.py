"""The course: its lessons, what a learner has reached in them, and the map that shows both."""

from shmlab.course import progress as progress
from shmlab.course.course_map import course_map as course_map
