"""The signature of a function as plain data, so that what stands for it in another process has the same."""

import inspect

from shmlab.grading.messages.wire import Tampered


def parameters_of(function):
    """[name, kind, whether it has a default] of each parameter of a function. Raises TypeError or ValueError where it
    has no signature."""
    parameters = inspect.signature(function).parameters.values()
    return [[one.name[:100], int(one.kind), one.default is not one.empty] for one in parameters]


def signature_of(parameters):
    """The Signature behind `parameters_of`. Raises Tampered."""
    try:
        return inspect.Signature(
            [
                inspect.Parameter(name, inspect._ParameterKind(kind), default=None if has else inspect.Parameter.empty)
                for name, kind, has in parameters
            ]
        )
    except (TypeError, ValueError) as error:
        raise Tampered("a signature that no function has") from error
