"""What a mark refuses."""

import pickle


class Unknown(pickle.PicklingError):
    """An object of a kind that no rule knows exactly. Its message names what it is."""
