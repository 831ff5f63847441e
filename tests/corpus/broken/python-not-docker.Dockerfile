import sys

def main() -> None:
    print("this is no Dockerfile", file=sys.stderr)
