"""`python -m boxwright` is the command `boxwright`."""

from boxwright.cli.main import main

if __name__ == "__main__":
    main()
