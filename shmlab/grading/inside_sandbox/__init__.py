"""What runs beside a learner's code: nothing in here is believed by the parent."""
