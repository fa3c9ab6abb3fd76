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

# The compiler's command lines come from a configured build; nothing has to be built for it.
[[ -f build/dev/compile_commands.json ]] || cmake --preset dev >"$report"
if ! run-clang-tidy -quiet -p build/dev -extra-arg=-Wno-unknown-warning-option \
    "^$PWD/(rules|connectors|migrate)/" >"$report" 2>&1; then
  # A header's finding is told once for every file that includes it.
  grep -E '(error|warning):' "$report" | sort -u
  failed=1
else
  echo "clang-tidy: nothing found."
fi
exit $failed
