# What start, stop and clean share. They manage the daemon with the default roots.
data_root=/var/lib/essaim
exec_root=/run/essaim
socket=$exec_root/docker.sock
log_file=/var/log/essaimd.log
pid_file=$exec_root/essaimd.pid
stack=voting
export DOCKER_HOST=unix://$socket

essaim() { node bin/essaim "$@"; }

root_or_leave() {
  [ "$(id -u)" = 0 ] || { echo "essaim: containers and networks need root: sudo npm run $1" >&2; exit 1; }
}

daemon_answers() { [ -S "$socket" ] && essaim version >/dev/null 2>&1; }

# Ends the process that a pid file names, if it is that program, and waits until it is gone.
end_process() { # PID-FILE WORD-IN-ITS-COMMAND-LINE
  local pid
  pid=$(cat "$1" 2>/dev/null) || return 0
  { tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -qF -- "$2" || return 0
  kill "$pid"
  for _ in $(seq 300); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  echo "essaim: process $pid ($2) does not end; see $log_file" >&2
  return 1
}
