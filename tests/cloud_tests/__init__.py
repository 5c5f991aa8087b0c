"""An environment from an empty account on, in the simulated AWS, with a machine for each instance."""
