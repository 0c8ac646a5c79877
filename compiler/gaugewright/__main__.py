"""`python -m gaugewright` is the command `gaugewright`."""

from gaugewright.cli import main

if __name__ == "__main__":
    main()
