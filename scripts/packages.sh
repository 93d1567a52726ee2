# Debian's packages, sourced by the other scripts. A program that is there already (another distributor's containerd,
# a Node of one's own) is not installed over.

# need PROGRAM-OR-FILE PACKAGE ...: installs what is missing, in one go.
need() {
  local missing=()
  while [ $# -gt 0 ]; do
    command -v "$1" >/dev/null 2>&1 || [ -e "$1" ] || missing+=("$2")
    shift 2
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  [ "$(id -u)" = 0 ] || { echo "essaim: root is needed to install ${missing[*]}: use sudo" >&2; exit 1; }
  command -v apt-get >/dev/null || { echo "essaim: install these by hand, apt-get is not here: ${missing[*]}" >&2; exit 1; }
  echo "Installing ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# What essaimd runs on.
need_engine() {
  need containerd containerd runc runc nft nftables ip iproute2 tini tini \
    /usr/share/containers/seccomp.json golang-github-containers-common \
    nsenter util-linux ps procps mount mount /etc/ssl/certs/ca-certificates.crt ca-certificates
  need_etcd
}

# What several managers keep the cluster's state in. essaimd starts it itself: the package's own service is not wanted.
need_etcd() {
  command -v etcd >/dev/null && return 0
  if [ "$(id -u)" = 0 ] && [ ! -e /etc/systemd/system/etcd.service ]; then
    mkdir -p /etc/systemd/system
    ln -s /dev/null /etc/systemd/system/etcd.service
  fi
  need etcd etcd-server
}

# Node 20 or newer, and npm.
need_node() {
  command -v node >/dev/null && command -v npm >/dev/null || { echo "essaim: Node.js 20 or newer with npm is needed" >&2; exit 1; }
  node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' ||
    { echo "essaim: Node.js 20 or newer is needed, this is $(node --version)" >&2; exit 1; }
}

# Installs the npm packages of the lock file and compiles, unless both are done for just this state of the sources.
build() {
  if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    echo "Installing npm packages"
    npm ci --no-audit --no-fund --loglevel=error
    touch node_modules/.package-lock.json
  fi
  echo "Building"
  npm run --silent build
}
