#!/usr/bin/env bash
# Installs the system packages that are missing, after saying which: `deps.sh` to build, `deps.sh test` for all checks,
# `deps.sh package` for `make deb` and `make tarball`, `deps.sh aarch64` for `make aarch64`.
set -euo pipefail

purpose=${1:-build}

if ! command -v swift >/dev/null; then
  echo "Gradus needs Swift 6.2 or later. Get it from https://swift.org/install and put it in PATH." >&2
  exit 1
fi

missing=()
need() { missing+=("$1"); }
has_command() { command -v "$1" >/dev/null; }
has_browser() { has_command chromium || has_command chromium-browser || has_command google-chrome; }
has_library() { has_command pkg-config && pkg-config --exists "$1"; }
# Graphviz needs some font to measure text with.
has_font() { [ -n "$(find -L /usr/share/fonts -name '*.[to]tf' -print -quit 2>/dev/null)" ]; }
install() {
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "Installing missing packages: ${missing[*]}"
  "$@"
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif has_command sudo; then
    sudo "$@"
  else
    echo "Neither root nor sudo: ask your administrator to install ${missing[*]}." >&2
    exit 1
  fi
}

debian() {
  has_package() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
  has_command pkg-config || need pkg-config
  has_library libgvc || has_package libgraphviz-dev || need libgraphviz-dev
  has_library libedit || has_package libedit-dev || need libedit-dev
  has_library zlib || has_package zlib1g-dev || need zlib1g-dev
  has_font || need fonts-dejavu-core
  if [ "$purpose" = test ]; then
    # For the trait Jupyter.
    has_library libzmq || has_package libzmq3-dev || need libzmq3-dev
    has_command node || need nodejs
    has_browser || need chromium
    # For Scripts/interop.sh.
    python3 -c 'import ensurepip' 2>/dev/null || need python3-venv
    # For the trait MPI.
    has_library ompi-c || need libopenmpi-dev
    has_command mpirun || need openmpi-bin
    # For Scripts/instructions.sh.
    has_command valgrind || need valgrind
    # Tests of the manual and of completions are left out where these are missing.
    has_command mandoc || need mandoc
    has_command zsh || need zsh
    has_command fish || need fish
  fi
  if [ "$purpose" = package ]; then
    has_command dpkg-shlibdeps || need dpkg-dev
  fi
  if [ "$purpose" = aarch64 ]; then
    [ -e /usr/aarch64-linux-gnu/lib/libc.a ] || need libc6-dev-arm64-cross
    [ -n "$(find /usr/lib/gcc-cross/aarch64-linux-gnu -name libgcc.a -print -quit 2>/dev/null)" ] ||
      need gcc-aarch64-linux-gnu
    has_command qemu-aarch64 || need qemu-user
  fi
  if [ "$purpose" = test ] || [ "$purpose" = package ]; then
    has_command xz || need xz-utils
    [ -e /usr/lib/wasm32-wasi/libc.a ] || need wasi-libc
    # Releases differ in which version they have, and any will do.
    [ -n "$(find -L /usr/lib/llvm-*/lib/clang /usr/lib/clang -name 'libclang_rt.builtins-wasm32.a' -print -quit \
      2>/dev/null)" ] || need libclang-rt-dev-wasm32
  fi
  install debian_install
}

debian_install() {
  as_root apt-get update
  local packages=() package
  for package in "${missing[@]}"; do
    if [ "$package" = libclang-rt-dev-wasm32 ]; then
      package=$(apt-cache --names-only search '^libclang-rt-[0-9]+-dev-wasm32$' | cut -d' ' -f1 | sort -V | sed -n 1p)
      package=${package:-libclang-rt-14-dev-wasm32}
    fi
    packages+=("$package")
  done
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${packages[@]}"
}

homebrew() {
  has_command pkg-config || need pkgconf
  has_library libgvc || need graphviz
  [ -d "$(brew --prefix)/opt/libedit" ] || need libedit
  [ -d "$(brew --prefix)/opt/zlib" ] || need zlib
  if [ "$purpose" = test ]; then
    has_library libzmq || need zeromq
    has_command node || need node
    has_library ompi-c || need open-mpi
  fi
  install homebrew_install
}

homebrew_install() { brew install "${missing[@]}"; }

if [ "$(uname -s)" = Darwin ] && has_command brew; then
  homebrew
elif has_command apt-get && has_command dpkg-query; then
  debian
else
  # Another system: nobody knows the packages' names, but what they provide can be checked.
  has_command pkg-config || need pkg-config
  has_library libgvc || need "Graphviz with headers (libgvc)"
  has_library libedit || need "libedit with headers"
  has_library zlib || need "zlib with headers"
  if [ "$purpose" = test ]; then
    has_library libzmq || need "ZeroMQ with headers (libzmq)"
    has_command node || need "Node.js"
    has_library ompi-c || need "Open MPI with headers"
    has_browser || need "Chromium"
  fi
  if [ ${#missing[@]} -gt 0 ]; then
    echo "Please install:" >&2
    printf '  %s\n' "${missing[@]}" >&2
    exit 1
  fi
fi
