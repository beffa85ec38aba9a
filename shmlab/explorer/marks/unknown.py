"""The exception with which a rule refuses an object."""

import pickle


class Unknown(pickle.PicklingError):
    """An object is of a kind that no rule knows exactly. The message names the object."""
