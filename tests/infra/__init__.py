"""What every host of an environment must show, over SSH and read-only: `make verify ENV=…`."""
