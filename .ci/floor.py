"""Fails when the acceptance score is below the floor, which only rises."""
import re
import sys

found = re.search(r"^all: found (\d+)/(\d+), clean (\d+)/(\d+), unmarked findings (\d+)", open(sys.argv[1]).read(), re.M)
if not found:
    sys.exit("no score in the output of the acceptance run")
numbers = [int(number) for number in found.groups()]
shares = {"found": numbers[0] / numbers[1], "clean": numbers[2] / numbers[3]}
for line in open(sys.argv[2]):
    kind, floor = line.split()
    if shares[kind] < float(floor):
        sys.exit(f"{kind}: {shares[kind]:.3f} is below the floor of {floor}")
print("floor held:", ", ".join(f"{kind} {share:.3f}" for kind, share in shares.items()))
