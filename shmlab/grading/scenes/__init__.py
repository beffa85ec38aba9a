"""Scenes of real processes: what they do, and which kernel objects they make."""
