"""What measures speed, memory and scale. Nothing here is a test: machines are noisy."""
