"""Of what the tests of a simulated AWS stand on."""
