"""tools: that there are three processes."""


def tools(needs):
    return [sum(needs) - 2, sum(needs) - 3, 1]
