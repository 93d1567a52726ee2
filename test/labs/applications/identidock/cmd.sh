#!/bin/sh
set -e
if [ "$ENV" = DEV ]; then
  echo "Running Development Server"
  exec python identidock.py
fi
echo "Running Production Server"
exec python -c 'import identidock; identidock.app.run(host="0.0.0.0", port=9090)'
