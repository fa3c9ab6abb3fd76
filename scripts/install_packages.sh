#!/usr/bin/env bash
# The Debian 12 packages that metaferry needs: the one list of them.
#   scripts/install_packages.sh build   to build it and to run the demo
#   scripts/install_packages.sh test    to run all its tests as well
# Installs only what is missing, as root. Without root it names what is missing and fails.
set -euo pipefail

for_build=(
  g++ cmake ninja-build ccache
  libsoci-dev libmariadb-dev libpq-dev libsqlite3-dev
  libboost-dev libboost-program-options-dev
  libexpected-dev libfmt-dev nlohmann-json3-dev libssl-dev libzstd-dev libjemalloc-dev
  libpqxx-dev libcurl4-openssl-dev libpugixml-dev
  libthrift-dev thrift-compiler
  sqlite3
  dpkg-dev file     # cpack asks them what the packages depend on
)

for_test=(
  libgtest-dev libgmock-dev
  clang clang-format clang-tidy libclang-rt-14-dev
  mariadb-server postgresql
  libaio1           # MySQL 5.6, which the tests fetch by npm, is linked with it
  python3-venv
  man-db mandoc zsh lintian debootstrap
  chromium chromium-driver  # the tests of report.html
)

# What the tests call by name and may have come from elsewhere: command=package.
commands_for_test=(go=golang-go javac=openjdk-17-jdk-headless mvn=maven npm=npm)

usage() {
  echo "usage: scripts/install_packages.sh build|test" >&2
  exit 1
}

is_installed() {
  [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

(($# == 1)) || usage
case $1 in
  build) wanted=("${for_build[@]}") commands=() ;;
  test) wanted=("${for_build[@]}" "${for_test[@]}") commands=("${commands_for_test[@]}") ;;
  *) usage ;;
esac

if ! command -v dpkg-query >/dev/null; then
  echo "This is no Debian: install what these packages hold by other means: ${wanted[*]}" >&2
  exit 1
fi

missing=()
for package in "${wanted[@]}"; do
  is_installed "$package" || missing+=("$package")
done
for pair in ${commands[@]+"${commands[@]}"}; do
  command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
done

if ((${#missing[@]} == 0)); then
  echo "All packages are there."
  exit 0
fi
if ((EUID != 0)); then
  {
    echo "These packages are missing and only root can install them:"
    echo "  apt-get install --no-install-recommends ${missing[*]}"
  } >&2
  exit 1
fi

echo "Installing ${#missing[@]} packages: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get -qq update && apt-get -qq install --no-install-recommends "${missing[@]}"; } \
    >"$log" 2>&1 </dev/null; then
  tail -n 40 "$log" >&2
  echo "The packages could not be installed." >&2
  exit 1
fi
