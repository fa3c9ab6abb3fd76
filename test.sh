#!/usr/bin/env bash
# Builds metaferry and runs its tests.
#   ./test.sh              all parts
#   ./test.sh PART...      only these: lint unit contract docs browser integration packages fuzz quickstart
# The last line sums the tests of unit, contract, docs, browser, integration and packages; the exit
# code is 0 when all passed.
# Where CI=true a skipped test counts as failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

all_parts=(unit contract docs browser integration packages fuzz quickstart lint)
results=build/test-results
venv=build/venv
fuzz_seconds=${FUZZ_SECONDS:-10}
# For parts whose tests wait for servers. One file is one worker's: its servers are started once.
side_by_side=(-n "$(nproc)" --dist loadfile)

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then bold=$'\e[1m' red=$'\e[31m' plain=$'\e[0m'; else bold= red= plain=; fi

# quietly LOG COMMAND...: shows the output only when the command fails.
quietly() {
  local log=$results/$1.log
  shift
  "$@" >"$log" 2>&1 </dev/null && return
  tail -n 60 "$log" >&2
  echo "failed: $* (all output: $log)" >&2
  return 1
}

build_preset() {
  echo "Building preset $1."
  quietly "configure-$1" cmake --preset "$1"
  quietly "build-$1" cmake --build --preset "$1"
}

# A Python of its own, made anew when the requirements change.
prepare_python() {
  local stamp
  stamp=$(cat tests/requirements*.txt | sha256sum | cut -d' ' -f1)
  [[ -f $venv/$stamp ]] && return
  echo "Installing the Python packages of the tests."
  rm -rf "$venv"
  quietly venv python3 -m venv "$venv"
  local file files=()
  for file in tests/requirements*.txt; do files+=(-r "$file"); done
  quietly pip "$venv/bin/pip" install --quiet --disable-pip-version-check "${files[@]}"
  touch "$venv/$stamp"
}

run_pytest() {
  local part=$1
  shift
  prepare_python
  "$venv/bin/python" -m pytest "tests/$part" -q --no-header -p no:cacheprovider --durations=5 \
    --junitxml="$results/$part.xml" "$@"
}

part_lint() { scripts/lint.sh; }

part_unit() {
  build_preset dev
  quietly ctest ctest --preset dev -j "$(nproc)" --output-junit "$PWD/$results/unit.xml"
  grep 'tests passed' "$results/ctest.log"
}

part_contract() {
  build_preset dev
  # A sanitizer's finding gets an exit code that no command of metaferry has.
  METAFERRY=$PWD/build/dev/metaferry \
    ASAN_OPTIONS=detect_leaks=1:exitcode=99 UBSAN_OPTIONS=print_stacktrace=1:exitcode=99 \
    run_pytest contract "${side_by_side[@]}"
}

part_docs() {
  build_preset dev
  METAFERRY=$PWD/build/dev/metaferry run_pytest docs
}

part_browser() {
  build_preset release
  METAFERRY=$PWD/build/release/metaferry run_pytest browser
}

part_integration() {
  build_preset release
  METAFERRY=$PWD/build/release/metaferry run_pytest integration "${side_by_side[@]}"
}

part_packages() {
  build_preset release
  METAFERRY=$PWD/build/release/metaferry run_pytest packages
}

part_fuzz() {
  build_preset dev
  local program name
  for program in build/dev/fuzz_*; do
    [[ -x $program && -f $program ]] || continue
    name=${program##*/}
    mkdir -p "build/corpus/$name"
    echo "$name: $fuzz_seconds s"
    quietly "$name" "$program" -max_total_time="$fuzz_seconds" -artifact_prefix="$results/$name-" \
      "build/corpus/$name"
  done
}

part_quickstart() {
  # The second start must do as the first, on what that has left.
  ./quickstart.sh >"$results/quickstart.log" 2>&1 || { tail -n 60 "$results/quickstart.log" >&2; return 1; }
  quietly quickstart-again ./quickstart.sh
  tail -n 5 "$results/quickstart-again.log"
}

# run_part NAME: in a subshell that ends at the first failing command.
run_part() {
  local began=$SECONDS code
  printf '\n%s=== %s ===%s\n' "$bold" "$1" "$plain"
  rm -f "$results/$1.xml"
  (
    set -e
    "part_$1"
  )
  code=$?
  if ((code == 0)); then
    printf '%s: passed in %d s\n' "$1" $((SECONDS - began))
  else
    printf '%s%s: FAILED after %d s; again with: ./test.sh %s%s\n' "$red" "$1" $((SECONDS - began)) "$1" "$plain"
    failed_parts+=("$1")
  fi
}

# The tests counted in the parts' JUnit files, as "passed failed skipped".
count_tests() {
  python3 - "$results" "$@" <<'END'
import pathlib, sys
import xml.etree.ElementTree as xml

passed = failed = skipped = 0
for part in sys.argv[2:]:
    file = pathlib.Path(sys.argv[1], part + ".xml")
    for case in xml.parse(file).iter("testcase") if file.is_file() else ():
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
print(passed, failed, skipped)
END
}

parts=("$@")
((${#parts[@]})) || parts=("${all_parts[@]}")
for part in "${parts[@]}"; do
  if ! declare -F "part_$part" >/dev/null; then
    echo "There is no part $part; the parts are: ${all_parts[*]}" >&2
    exit 1
  fi
done

began=$SECONDS
failed_parts=()
mkdir -p "$results"
scripts/install_packages.sh test || exit 1
for part in "${parts[@]}"; do run_part "$part"; done

read -r passed failed skipped < <(count_tests "${parts[@]}")
if [[ ${CI:-} == true ]]; then
  failed=$((failed + skipped)) skipped=0
fi
# A part that failed without a failing test (its build, the lint) must not leave "0 failed".
((failed == 0)) && failed=${#failed_parts[@]}

printf '\n%s=== %d parts in %d s ===%s\n' "$bold" ${#parts[@]} $((SECONDS - began)) "$plain"
for part in ${failed_parts[@]+"${failed_parts[@]}"}; do
  printf '%sfailed: %s%s; again with: ./test.sh %s\n' "$red" "$part" "$plain" "$part"
done
summary="$passed passed, $failed failed"
((skipped > 0)) && summary+=", $skipped skipped"
echo "$summary"
((failed == 0))
