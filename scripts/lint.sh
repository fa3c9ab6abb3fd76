#!/usr/bin/env bash
# Format and static analysis of all C++ code.
#   scripts/lint.sh         clang-format (as a check) and clang-tidy (.clang-tidy, all errors)
#   scripts/lint.sh format  clang-format only, rewriting the files
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mapfile -t files < <(find include rules connectors migrate tests docs/examples -name '*.h' -o -name '*.cc' | sort)

case ${1:-} in
  '') ;;
  format)
    clang-format -i "${files[@]}"
    exit 0
    ;;
  *)
    echo "usage: scripts/lint.sh [format]" >&2
    exit 1
    ;;
esac

failed=0
report=$(mktemp)
trap 'rm -f "$report"' EXIT

if ! clang-format --dry-run -Werror "${files[@]}" 2>"$report"; then
  echo "Not formatted (scripts/lint.sh format does it):"
  grep 'error:' "$report" | cut -d: -f1 | sort | uniq -c
  failed=1
else
  echo "clang-format: ${#files[@]} files are in order."
fi

# Of a build that compiles several files as one, so that a header is looked at once for all of them.
# Nothing has to be built for it but what the Thrift compiler makes.
{ cmake --preset dev && cmake --build --preset dev --target metaferry_hive_metastore; } >"$report"
if ! run-clang-tidy -quiet -p build/dev -extra-arg=-Wno-unknown-warning-option \
    -header-filter="^$PWD/(include|rules|connectors|migrate)/" \
    "^$PWD/(build/dev/.*/Unity|rules|connectors|migrate)/" >"$report" 2>&1; then
  grep -E '(error|warning):' "$report" | sort -u
  failed=1
else
  echo "clang-tidy: nothing found."
fi
exit $failed
