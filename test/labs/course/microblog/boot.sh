#!/bin/sh
# The database's migration would come first.
exec gunicorn -b :5000 --access-logfile - --error-logfile - microblog:app
