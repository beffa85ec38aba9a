"""Pictures of outcomes, measurements, address spaces and segments."""
