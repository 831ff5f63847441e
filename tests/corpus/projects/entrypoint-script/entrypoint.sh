#!/bin/bash
set -e
python -m migrate
"$@"
