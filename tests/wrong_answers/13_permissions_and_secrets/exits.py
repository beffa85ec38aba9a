"""publish_sealed: it ends its program.

The learner takes publish for main.
"""


def program():
    return r"""
int publish(const void *content, size_t size) { exit(0); }
"""
