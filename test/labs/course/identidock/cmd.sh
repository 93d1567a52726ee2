#!/bin/sh
set -e

if [ "$ENV" = 'DEV' ]; then
  echo "Running Development Server"
  exec python3 identidock.py
elif [ "$ENV" = 'UNIT' ]; then
  echo "Running Unit Tests"
  exec python3 tests.py
else
  echo "Running Production Server"
  exec gunicorn -b :9090 identidock:app
fi
