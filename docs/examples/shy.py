#!/usr/bin/env python3
"""The node of pynode.py as a stranger would have written it: it logs prose on standard error, and no JSON."""
import json, os, runpy, sys

write = os.write


def prose(file, data):
    if file != 1:
        return write(file, data)
    said = json.loads(data)
    write(2, f"now {said['role']} in term {said['term']}\n".encode())
    if said["leader"] is not None:
        write(2, f"following {said['leader']} (term {said['term']})\n".encode())
    return len(data)


os.write = prose
runpy.run_path(os.path.join(os.path.dirname(os.path.abspath(__file__)), "pynode.py"), run_name="__main__")
