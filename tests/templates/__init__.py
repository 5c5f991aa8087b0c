"""Templates rendered here, without a host. That the programs take them is checked where the programs are."""
