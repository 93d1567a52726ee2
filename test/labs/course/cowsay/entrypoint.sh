#!/bin/sh
if [ $# -eq 0 ]; then
  echo "Nothing to say" | /usr/games/cowsay
else
  /usr/games/cowsay "$@"
fi
