"""Describe a function's signature as plain data, so that its proxy in another process has the same one."""

import inspect

from shmlab.grading.messages.wire import Tampered


def parameters_of(function):
    """Return [name, kind, whether it has a default] for each parameter of a function.

    Raises TypeError or ValueError if it has no signature.
    """
    parameters = inspect.signature(function).parameters.values()
    return [[each.name[:100], int(each.kind), each.default is not each.empty] for each in parameters]


def signature_of(parameters):
    """Return the Signature for a result of `parameters_of`. Raises Tampered."""
    try:
        return inspect.Signature(
            [
                inspect.Parameter(name, inspect._ParameterKind(kind), default=None if has else inspect.Parameter.empty)
                for name, kind, has in parameters
            ]
        )
    except (TypeError, ValueError) as error:
        raise Tampered("a signature that no function has") from error
